// Rules that the source text keeps: which part may import which, how long files are, what no file may say.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { allOps } from "../src/index.ts";
import "../src/kernels/checks.ts";
import { type AnyKernel, allKernels, shaderOf } from "../src/kernels/define.ts";
import { allCases } from "./cases/all-cases.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folders = ["src", "weights", "bench", "lab", "examples", "scripts", "bin", "test", "tools", "docs"];
const written = /\.(ts|tsx|mts|mjs|js|json|wgsl|md|py|txt|toml|ya?ml|html|css|sh)$/;
/** Values of goldens and fixtures, and pages that a tool writes. */
const data = /^(test\/(nn\/)?golden\/.*\.json|test\/fixtures\/.*|weights\/imagenet-classes\.json|docs\/api\/.*)$/;

interface Source {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

const sources: Source[] = [...folders.flatMap((folder) => filesIn(folder)), ...filesIn("", false)];
const code = sources.filter(({ path }) => /\.tsx?$/.test(path));

function filesIn(folder: string, recursive = true): Source[] {
  const entries = readdirSync(join(root, folder), { recursive, encoding: "utf8" });
  const paths = entries.map((entry) => posix.join(folder, entry.replaceAll("\\", "/")));
  return paths
    .filter((path) => written.test(path) && !data.test(path) && !path.includes("node_modules/"))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** What a module imports as it is loaded: names of packages, and paths from the root. */
function importsOf({ path, text }: Source): string[] {
  const found = text.matchAll(/^(?:import|export)\b(?:[^;"'=()]*?\bfrom)?\s*["']([^"']+)["']/gm);
  return [...found].map(([, name = ""]) => (name.startsWith(".") ? posix.join(posix.dirname(path), name) : name));
}

const isHost = (path: string) => /\.host\.(test\.)?ts$/.test(path);

describe("imports", () => {
  /** Every part, with those that it may import. */
  const arrows: Readonly<Record<string, readonly string[]>> = {
    "src/errors.ts": [],
    "src/bytes.ts": [],
    "src/csv.ts": [],
    "src/random.ts": [],
    "src/at-least-one.ts": ["src/errors.ts"],
    "src/kernels": ["src/errors.ts"],
    "src/tensor": ["src/kernels", "src/errors.ts"],
    "src/autograd": ["src/tensor", "src/kernels", "src/errors.ts", "src/random.ts"],
    "src/image": ["src/bytes.ts", "src/errors.ts"],
    "src/nn": ["src/autograd", "src/tensor", "src/random.ts", "src/errors.ts"],
    weights: ["src/train", "src/nn", "src/tensor", "src/bytes.ts", "src/errors.ts"],
    "src/explain": [
      "src/nn",
      "src/autograd",
      "src/tensor",
      "src/image",
      "src/csv.ts",
      "src/at-least-one.ts",
      "src/random.ts",
      "src/errors.ts",
    ],
    "src/train": [
      "src/nn",
      "src/autograd",
      "src/tensor",
      "src/kernels",
      "src/image",
      "src/csv.ts",
      "src/at-least-one.ts",
      "src/random.ts",
      "src/bytes.ts",
      "src/errors.ts",
    ],
    "src/index.ts": [
      "src/train",
      "src/explain",
      "src/nn",
      "src/autograd",
      "src/tensor",
      "src/kernels",
      "src/image",
      "weights",
      "src/random.ts",
      "src/errors.ts",
    ],
    lab: ["src/index.ts"],
    examples: ["src/index.ts"],
  };
  const partOf = (path: string) => Object.keys(arrows).find((part) => path === part || path.startsWith(`${part}/`));

  it.each(Object.entries(arrows))("%s imports only %j", (part, allowed) => {
    const wrong = code
      .filter(({ path }) => partOf(path) === part)
      .flatMap((source) => importsOf(source).map((to) => ({ from: source.path, to })))
      .filter(({ to }) => /^(src|weights|bench|lab|examples|test)\//.test(to) && /\.tsx?$/.test(to))
      .filter(({ to }) => partOf(to) !== part && !allowed.includes(partOf(to) ?? to));
    expect(wrong).toEqual([]);
  });

  it("find something: kernels are imported by tensor, tensor by autograd", () => {
    const edges = code.flatMap((source) => importsOf(source).map((to) => `${partOf(source.path)} ${partOf(to)}`));
    expect(edges).toContain("src/tensor src/kernels");
    expect(edges).toContain("src/autograd src/tensor");
    expect(edges).toContain("src/index.ts src/explain");
  });

  it("library modules load in a page: nothing of node:, nothing of *.host.ts", () => {
    const library = code.filter(
      ({ path }) => /^(src|weights)\//.test(path) && !path.startsWith("src/cli/") && !isHost(path),
    );
    const wrong = library.flatMap((source) =>
      importsOf(source)
        .filter((to) => to.startsWith("node:") || isHost(to))
        .map((to) => `${source.path} imports ${to}`),
    );
    expect(library.length).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
  });

  it("name files with their extension", () => {
    const wrong = code.flatMap((source) =>
      importsOf(source)
        .filter((to) => /^(src|weights|test|bench|lab)\//.test(to) && !/\.(tsx?|mjs|wgsl|json)$/.test(to))
        .map((to) => `${source.path} imports ${to}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe("kernels", () => {
  const shaders = sources.filter(({ path }) => path.endsWith(".wgsl") && !path.startsWith("bench/"));

  it("that measure an adapter's ceilings lie in bench/suite/wgsl, and are imported once by the benchmark", () => {
    const own = sources.filter(({ path }) => path.endsWith(".wgsl") && path.startsWith("bench/"));
    const imports = code.filter(({ path }) => path.startsWith("bench/suite/")).flatMap(importsOf);
    expect(own.length).toBeGreaterThan(0);
    for (const { path, text } of own) {
      expect(path).toMatch(/^bench\/suite\/wgsl\/[a-z0-9-]+\.wgsl$/);
      expect(
        imports.filter((to) => to === path),
        path,
      ).toHaveLength(1);
      expect(text.startsWith("// "), path).toBe(true);
    }
  });

  it("every other .wgsl file is imported once, by a module of src/kernels, and used", () => {
    const imports = code.flatMap((source) => importsOf(source).map((to) => [to, source.path] as const));
    const used = new Set(allKernels().flatMap(({ variants }) => Object.values(variants).map(({ source }) => source)));
    for (const { path, text } of shaders) {
      expect(path).toMatch(/^src\/kernels\/wgsl\/[a-z0-9-]+\.wgsl$/);
      const from = imports.filter(([to]) => to === path).map(([, by]) => posix.dirname(by));
      expect(from, path).toEqual(["src/kernels"]);
      expect(used.has(text), `${path} belongs to a variant`).toBe(true);
    }
  });

  const variants = allKernels().flatMap((kernel) =>
    Object.keys(kernel.variants).map((name) => [kernel, name] as const),
  );

  it.each(variants.map(([kernel, name]) => [`${kernel.name}/${name}`, kernel, name] as const))(
    "%s binds what its definition says",
    (_, kernel, variant) => {
      const text = shaderOf(kernel, variant);
      expect(bindingsOf(text)).toEqual(wantedBindings(kernel));
      expect(uniformsOf(text)).toEqual(Object.entries(kernel.uniforms));
    },
  );

  it("of operations have a naive variant, last, and a faster one", () => {
    // the others look after the engine itself
    const ofOperations = allKernels().filter(({ name }) => !["loop-canary", "non-finite"].includes(name));
    for (const { name, variants } of ofOperations) {
      expect(Object.keys(variants).at(-1), name).toBe("naive");
      expect(Object.keys(variants).length, `variants of ${name}`).toBeGreaterThan(1);
      expect(variants.naive?.fits, `${name}/naive fits everything`).toBeUndefined();
    }
  });

  it("begin with a comment that says what they compute", () => {
    for (const { path, text } of shaders) expect(text.startsWith("// "), path).toBe(true);
  });
});

describe("operations", () => {
  it("each have rows in the table of cases, with a reference; names are unique", () => {
    // the table uses the functions' names, the tape its own: maxPool2d is max_pool
    const plain = (name: string) => name.toLowerCase().replace(/_|2d$/g, "");
    const rows = new Set(allCases.map(({ op }) => plain(op)));
    expect(allOps().size).toBeGreaterThan(20);
    expect([...allOps().keys()].filter((name) => !rows.has(plain(name)))).toEqual([]);
    const titles = allCases.map(({ op, name }) => `${op}: ${name}`);
    expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([]);
    for (const { reference, op } of allCases) {
      expect(typeof reference.forward, op).toBe("function");
      expect(typeof reference.vjp, op).toBe("function");
    }
  });
});

describe("files", () => {
  it("of code have at most 300 lines", () => {
    const long = sources.filter(({ path }) =>
      /^(src|weights|bench|lab|examples|scripts|bin)\/.*\.(tsx?|mjs|wgsl)$/.test(path),
    );
    expect(long.length).toBeGreaterThan(100);
    expect(long.filter(({ text }) => text.split("\n").length > 301).map(({ path }) => path)).toEqual([]);
  });

  it("have names in kebab-case", () => {
    const named = sources.filter(({ path }) => /^(src|weights|bench|lab|examples|scripts)\//.test(path));
    const wrong = named.filter(({ path }) => !/^[a-z0-9./-]+$/.test(path) && !/README\.md$|NOTICE/.test(path));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it("do without `any`, non-null assertions, default exports, and comments that silence tools", () => {
    const mine = /design\.host\.test\.ts$/;
    const forbidden: Record<string, RegExp> = {
      any: /(?::|<|\bas|\|)\s*any\b(?!\s*of)[\s[\]>,;)=|]/,
      "default export": /^export default/m,
      "silenced tool": /biome-ignore|@ts-ignore|@ts-expect-error|@ts-nocheck|eslint-disable/,
    };
    for (const [what, pattern] of Object.entries(forbidden)) {
      const without = code.filter(({ path }) => !mine.test(path) && path !== "vitest.config.ts");
      const found = without.filter(({ text }) => pattern.test(withoutComments(text, what)));
      expect(
        found.map(({ path }) => path),
        what,
      ).toEqual([]);
    }
  });

  it("tell nothing of the machine that they were written on", () => {
    const outside = /(?<![\w.~$}])\/(work|root)\/|(?<![\w.~$}])\/home\/\w/;
    const own = relative(root, fileURLToPath(import.meta.url)).replaceAll("\\", "/");
    const found = sources.filter(({ path, text }) => path !== own && outside.test(text));
    expect(found.map(({ path }) => path)).toEqual([]);
  });

  it("leave open which registry packages come from", () => {
    const lock = readFileSync(join(root, "package-lock.json"), "utf8");
    expect(lock).not.toContain('"resolved"');
    const named = sources.filter(({ text }) =>
      /registry\.npmjs\.org|npm\.pkg\.github|--index-url|--registry/.test(text),
    );
    expect(named.map(({ path }) => path).filter((path) => !path.endsWith("design.host.test.ts"))).toEqual([]);
  });
});

/** Code words are looked for in code, silencing comments in comments. */
function withoutComments(text: string, what: string): string {
  return what === "silenced tool"
    ? text
    : text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, '""');
}

/** Buffers of a shader: [name, type] by binding number. */
function bindingsOf(text: string): [string, string][] {
  const found = [...text.matchAll(/@group\(0\)\s*@binding\((\d+)\)\s*var<([^>]+)>\s*(\w+)/g)];
  const sorted = found.sort(([, a], [, b]) => Number(a) - Number(b));
  expect(sorted.map(([, number]) => Number(number))).toEqual(sorted.map((_, i) => i));
  return sorted.map(([, , type = "", name = ""]) => [name, type.replaceAll(" ", "")]);
}

function wantedBindings({ bindings, uniformNames }: AnyKernel): [string, string][] {
  const buffers = Object.entries(bindings).map(([name, access]): [string, string] => [
    name,
    access === "read" ? "storage,read" : "storage,read_write",
  ]);
  return uniformNames.length > 0 ? [...buffers, ["u", "uniform"]] : buffers;
}

function uniformsOf(text: string): [string, string][] {
  const [, body = ""] = /struct Uniforms \{([^}]*)\}/.exec(text) ?? [];
  return [...body.matchAll(/(\w+)\s*:\s*(\w+)/g)].map(([, name = "", type = ""]) => [name, type]);
}
