import { signal } from "@preact/signals";

/** Where the reader is, as the address says it after its "#": "#/alpha?picture=cat&class=281". */
export interface Link {
  readonly view: string;
  readonly params: Readonly<Record<string, string>>;
}

/** What all views share, and what therefore stays when the view changes. */
export const sharedParams = ["picture", "model", "class", "against", "seed", "layer"] as const;

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

addEventListener("hashchange", () => {
  link.value = parse(location.hash);
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
  const next = { ...link.peek(), params };
  history.replaceState(null, "", format(next));
  link.value = next;
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
