import { type Place, refuse, shortened } from "./refuse.ts";

/** An object of a JSON text and the line on which it begins. Its names are in a Map: none of them can be anything else than
 * a name. */
export interface JsonObject {
  readonly line: number;
  readonly entries: ReadonlyMap<string, JsonValue>;
  /** The line of each name. */
  readonly lines: ReadonlyMap<string, number>;
}

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Files of boxes are a few levels deep. */
const deepest = 32;
const quotedPattern = /"(?:[^"\\\n]|\\.)*"/y;
const wordPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|true\b|false\b|null\b/y;

/** Reads JSON and remembers on which line each object stands, which JSON.parse does not.
 * @throws BoxFileError with the line of what is no JSON */
export function readJson(text: string, name: string): JsonValue {
  const reader = new Reader(text, name);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  readonly #name: string;
  #at = 0;
  #line = 1;

  constructor(text: string, name: string) {
    this.#text = text;
    this.#name = name;
  }

  get #place(): Place {
    return { name: this.#name, line: this.#line };
  }

  value(depth: number): JsonValue {
    if (depth > deepest) throw refuse(this.#place, `the JSON is more than ${deepest} levels deep.`);
    const next = this.#peek();
    if (next === "{") return this.#object(depth);
    if (next === "[") return this.#list(depth);
    if (next === '"') return this.#string();
    return this.#word();
  }

  end(): void {
    if (this.#peek() !== "") throw this.#unexpected("the end of the file");
  }

  /** The next character that is no blank; "" at the end. */
  #peek(): string {
    for (;;) {
      const character = this.#text[this.#at] ?? "";
      if (character === "\n") this.#line++;
      else if (character !== " " && character !== "\r" && character !== "\t") return character;
      this.#at++;
    }
  }

  #unexpected(wanted: string): Error {
    const found = this.#peek();
    const what = found === "" ? "the file ends" : `there is "${shortened(this.#text.slice(this.#at, this.#at + 20))}"`;
    return refuse(this.#place, `this is no JSON: ${what} where ${wanted} is wanted.`);
  }

  #take(character: string): void {
    if (this.#peek() !== character) throw this.#unexpected(`"${character}"`);
    this.#at++;
  }

  /** Calls `body` for each element between two brackets. */
  #each(end: string, body: () => void): void {
    this.#at++;
    if (this.#peek() !== end) {
      body();
      while (this.#peek() === ",") {
        this.#at++;
        body();
      }
    }
    this.#take(end);
  }

  #object(depth: number): JsonObject {
    const { line } = this.#place;
    const entries = new Map<string, JsonValue>();
    const lines = new Map<string, number>();
    this.#each("}", () => {
      if (this.#peek() !== '"') throw this.#unexpected("a name");
      const key = this.#string();
      if (lines.has(key)) throw refuse(this.#place, `the name "${shortened(key)}" is there twice.`);
      lines.set(key, this.#line);
      this.#take(":");
      entries.set(key, this.value(depth + 1));
    });
    return { line, entries, lines };
  }

  #list(depth: number): JsonValue[] {
    const list: JsonValue[] = [];
    this.#each("]", () => {
      list.push(this.value(depth + 1));
    });
    return list;
  }

  #string(): string {
    quotedPattern.lastIndex = this.#at;
    const quoted = quotedPattern.exec(this.#text)?.[0];
    if (quoted === undefined) throw refuse(this.#place, "this is no JSON: a text in quotes does not end on its line.");
    try {
      const value = JSON.parse(quoted) as string;
      this.#at += quoted.length;
      return value;
    } catch {
      throw refuse(this.#place, `this is no JSON: ${shortened(quoted)} holds what a text may not.`);
    }
  }

  #word(): number | boolean | null {
    wordPattern.lastIndex = this.#at;
    const word = wordPattern.exec(this.#text)?.[0];
    if (word === undefined) throw this.#unexpected("a value");
    this.#at += word.length;
    return JSON.parse(word) as number | boolean | null;
  }
}
