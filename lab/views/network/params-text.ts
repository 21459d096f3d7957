/** What the settings of an operation are called. */
export interface SettingWords {
  readonly window: (height: number, width: number) => string;
  readonly stride: (by: number) => string;
  readonly dilation: (by: number) => string;
  readonly padding: (top: number, left: number) => string;
  readonly most: (value: number) => string;
}

/** An operation's settings in words: window, stride and padding of what slides, the bound of a ReLU, the rest by name. */
export function paramsText(params: unknown, words: SettingWords): string {
  const { KH, KW, SH, DH, top, left, most, groups, ...rest } = flat(params);
  const said: string[] = [];
  if (typeof KH === "number" && typeof KW === "number") said.push(words.window(KH, KW));
  if (typeof SH === "number") said.push(words.stride(SH));
  if (typeof DH === "number" && DH > 1) said.push(words.dilation(DH));
  if (typeof top === "number" && typeof left === "number" && top + left > 0) said.push(words.padding(top, left));
  if (typeof most === "number" && most < 1e38) said.push(words.most(most));
  if (typeof groups === "number" && groups > 1) said.push(`groups ${groups}`);
  const known = new Set(["SW", "DW", "OH", "OW", "shape"]);
  for (const [name, value] of Object.entries(rest)) if (!known.has(name)) said.push(`${name} ${JSON.stringify(value)}`);
  return said.join(", ");
}

/** With what is nested put beside the rest. */
function flat(params: unknown): Record<string, unknown> {
  if (typeof params !== "object" || params === null) return {};
  const entries = Object.entries(params).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.flatMap(([name, value]) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.entries(flat(value))
        : [[name, value] as const],
    ),
  );
}
