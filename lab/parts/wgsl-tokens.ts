/** What a stretch of WGSL is. "switch" lines are those that the engine decides before a shader is compiled. */
export type TokenKind = "comment" | "switch" | "attribute" | "literal" | "keyword" | "type" | "plain";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const keywords = new Set(
  (
    "alias break case const const_assert continue continuing default diagnostic discard else enable false fn for if let " +
    "loop override requires return struct switch true var while"
  ).split(" "),
);

const types =
  /^(?:bool|[iuf]32|f16|vec[234][iufh]?|mat[234]x[234][fh]?|array|atomic|ptr|function|private|workgroup|storage|uniform|read|write|read_write)$/;

const parts = [
  /(?<switch>\/\/#.*)/,
  /(?<comment>\/\/.*|\/\*[\s\S]*?\*\/)/,
  /(?<attribute>@\w+)/,
  /(?<literal>\b0x[\da-fA-F]+[iu]?\b|\b\d+\.?\d*(?:[eE][+-]?\d+)?[iufh]?\b|\.\d+(?:[eE][+-]?\d+)?[fh]?\b)/,
  /(?<word>[A-Za-z_]\w*)/,
];
const pattern = new RegExp(parts.map(({ source }) => source).join("|"), "g");

/** Cuts WGSL into stretches; together they are the text as it was. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  const add = (kind: TokenKind, text: string) => {
    const last = tokens.at(-1);
    if (kind === "plain" && last?.kind === "plain") tokens[tokens.length - 1] = { kind, text: last.text + text };
    else if (text !== "") tokens.push({ kind, text });
  };
  let done = 0;
  for (const match of source.matchAll(pattern)) {
    const [text] = match;
    add("plain", source.slice(done, match.index));
    add(kindOf(match.groups ?? {}, text), text);
    done = match.index + text.length;
  }
  add("plain", source.slice(done));
  return tokens;
}

function kindOf(found: Readonly<Record<string, string | undefined>>, text: string): TokenKind {
  if (found.word !== undefined) return keywords.has(text) ? "keyword" : types.test(text) ? "type" : "plain";
  const kinds = ["switch", "comment", "attribute", "literal"] as const;
  return kinds.find((kind) => found[kind] !== undefined) ?? "plain";
}
