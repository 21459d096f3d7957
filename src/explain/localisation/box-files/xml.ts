import { type Place, refuse, shortened } from "./refuse.ts";

/** An element of an XML text: its name, the line on which it begins, what is in it. */
export interface XmlElement {
  readonly tag: string;
  readonly line: number;
  readonly children: readonly XmlElement[];
  /** Its text without its children's, trimmed. */
  readonly text: string;
}

interface Open {
  readonly tag: string;
  readonly line: number;
  readonly children: XmlElement[];
  text: string;
}

/** Annotations are five levels deep. */
const deepest = 32;
const name = "[A-Za-z_][\\w.:-]*";
const attributes = "(?:\\s+[\\w.:-]+\\s*=\\s*(?:\"[^\"<]*\"|'[^'<]*'))*";
const tokens = {
  skipped: /<!--[\s\S]*?-->|<\?[\s\S]*?\?>/y,
  open: new RegExp(`<(${name})${attributes}\\s*(/?)>`, "y"),
  close: new RegExp(`</(${name})\\s*>`, "y"),
  text: /[^<]+/y,
};

/** Reads the part of XML that annotations are written in: elements, attributes (which are not kept), text, the five named
 * and all numbered characters, comments. A document type, and with it entities of its own, is refused.
 * @throws BoxFileError with the line of what is no XML or not of this part */
export function readXml(text: string, fileName: string): XmlElement {
  const root: Open = { tag: "", line: 1, children: [], text: "" };
  const open = [root];
  let [at, line] = [0, 1];
  const next = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  while (at < text.length) {
    const place: Place = { name: fileName, line };
    const inner = open.at(-1) ?? root;
    const [opening, closing, plain] = [next(tokens.open), next(tokens.close), next(tokens.text)];
    const found = next(tokens.skipped) ?? opening ?? closing ?? plain;
    if (!found) throw refuse(place, `this is no XML that annotations have: "${shortened(text.slice(at, at + 40))}".`);
    if (opening) {
      const element: Open = { tag: opening[1] ?? "", line, children: [], text: "" };
      inner.children.push(element);
      if (opening[2] !== "/") open.push(element);
      if (open.length > deepest) throw refuse(place, `the XML is more than ${deepest} levels deep.`);
    } else if (closing) {
      if (closing[1] !== inner.tag || inner === root)
        throw refuse(place, `</${closing[1]}> ends what <${inner.tag}> of line ${inner.line} began.`);
      inner.text = inner.text.trim();
      open.pop();
    } else if (plain) {
      inner.text += decoded(plain[0], place);
    }
    at += found[0].length;
    line += found[0].split("\n").length - 1;
  }
  const inner = open.at(-1) ?? root;
  if (inner !== root) throw refuse({ name: fileName, line }, `<${inner.tag}> of line ${inner.line} does not end.`);
  const [element, ...more] = root.children;
  if (!element || more.length > 0 || root.text.trim() !== "")
    throw refuse({ name: fileName, line }, "XML is one element, which is not what is here.");
  return element;
}

const entities: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

function decoded(text: string, place: Place): string {
  return text.replace(/&([^;&\s]{0,10});?/g, (whole, entity: string) => {
    const named = entities.get(entity);
    if (named !== undefined && whole.endsWith(";")) return named;
    const [, hexadecimal, decimal] = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(entity) ?? [];
    const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
    if (whole.endsWith(";") && code > 0 && code <= 0x10ffff) return String.fromCodePoint(code);
    throw refuse(place, `"${whole}" is no character that is known.`);
  });
}
