import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/** Structural switches: `//#if NAME`, `//#else`, `//#endif` lines of a .wgsl file. */
export type Flags = Readonly<Record<string, boolean>>;
/** Numeric constants: the `const NAME: u32 = 8u; //#param` lines of a .wgsl file. */
export type Params = Readonly<Record<string, number>>;

const BRANCH = /^\s*\/\/#(if|elif)\s+(!?)(\w+)\s*$/;
const END = /^\s*\/\/#(else|endif)\s*$/;
const PARAM = /^(\s*const\s+(\w+)\s*:\s*(u32|i32|f32)\s*=\s*)[^;]+;\s*\/\/#param\s*$/;
const SUFFIX = { u32: "u", i32: "i", f32: "f" } as const;

/** Turns one .wgsl file into one concrete shader.
 * Comments are dropped first, since the preprocessor would read a `#` inside them.
 * @throws Error if a flag or parameter is missing or unknown: a fault of the kernel's definition, never of a user */
export function specialize(source: string, flags: Flags = {}, params: Params = {}): string {
  const strings: string[] = [];
  const values: boolean[] = [];
  const used = new Set<string>();
  let text = "";
  for (const line of source.split("\n")) {
    const branch = BRANCH.exec(line);
    const end = END.exec(line);
    if (branch) {
      const [, directive, not, name = ""] = branch;
      const value = flags[name];
      if (value === undefined) throw new Error(`flag ${name} of the kernel is not given`);
      used.add(name);
      strings.push(`${text}#${directive} `);
      values.push(not ? !value : value);
      text = "\n";
    } else if (end) text += `#${end[1]}\n`;
    else text += `${withParam(line, params, used)}\n`;
  }
  for (const name of [...Object.keys(flags), ...Object.keys(params)])
    if (!used.has(name)) throw new Error(`the kernel has no switch or parameter ${name}`);
  return wgsl([...strings, text], ...values);
}

function withParam(line: string, params: Params, used: Set<string>): string {
  const match = PARAM.exec(line);
  const code = line.replace(/\/\/.*$/, "");
  if (!match) return code;
  const [, head, name = "", type] = match;
  used.add(name);
  const value = params[name];
  return value === undefined ? code : `${head}${value}${SUFFIX[type as keyof typeof SUFFIX]};`;
}
