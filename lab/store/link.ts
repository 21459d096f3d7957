import { signal } from "@preact/signals";

/** Where the reader is, as the address says it after its "#": "#/alpha?picture=cat&class=281". */
export interface Link {
  readonly view: string;
  readonly params: Readonly<Record<string, string>>;
}

/** What all views share, and what therefore stays when the view changes. */
export const sharedParams = ["picture", "model", "class", "against", "seed", "layer", "lesson"] as const;

function parse(hash: string): Link {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  return { view: path || "look", params: Object.fromEntries(new URLSearchParams(query)) };
}

function format({ view, params }: Link): string {
  const query = new URLSearchParams(params).toString();
  return `#/${view}${query ? `?${query}` : ""}`;
}

export const link = signal(parse(location.hash));

const followers = new Set<() => void>();

/** Listens for another address: a link that was followed, a way back in the browser's history. */
export function onFollow(listener: () => void): void {
  followers.add(listener);
}

/** Browsers stop taking changes of the address after some hundred in half a minute; a slider alone makes more. */
const SETTLED_MS = 300;
let written = { link: link.peek(), hash: location.hash };
let settling = false;

/** Puts the link into the address: at once, but what follows soon after goes there together. */
function write(): void {
  // where they differ, the reader has just followed a link, and this is of the past
  if (settling || written.link === link.peek() || location.hash !== written.hash) return;
  history.replaceState(null, "", format(link.peek()));
  written = { link: link.peek(), hash: location.hash };
  settling = true;
  setTimeout(() => {
    settling = false;
    write();
  }, SETTLED_MS);
}

addEventListener("hashchange", () => {
  link.value = parse(location.hash);
  written = { link: link.peek(), hash: location.hash };
  for (const listener of followers) listener();
});

/** The address of a view for what is looked at now. */
export function linkTo(view: string, changes: Readonly<Record<string, string>> = {}): string {
  const kept = Object.entries(link.value.params).filter(([name]) => sharedParams.some((shared) => shared === name));
  return format({ view, params: { ...Object.fromEntries(kept), ...changes } });
}

/** Changes parameters of the address in place, without a new entry in the browser's history; undefined removes one. */
export function setParams(changes: Readonly<Record<string, string | number | undefined>>): void {
  const params: Record<string, string> = { ...link.peek().params };
  for (const [name, value] of Object.entries(changes))
    if (value === undefined) delete params[name];
    else params[name] = String(value);
  link.value = { ...link.peek(), params };
  write();
}

/** A parameter of the address. */
export function param(name: string): string | undefined {
  return link.value.params[name];
}

/** A parameter that counts; undefined where the address has none, or something else. */
export function numberParam(name: string): number | undefined {
  const text = param(name);
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
