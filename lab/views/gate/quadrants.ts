import type { Gate, Passage } from "./read-gate.ts";

/** The four quadrants of x against r, and the axis on which nothing arrives. */
export const zones = ["open-up", "open-down", "closed-up", "closed-down", "nothing"] as const;
export type Zone = (typeof zones)[number];

/** How many values lie in a zone, and how many of them pass. */
export interface Count {
  readonly arrived: number;
  readonly passed: number;
}

export function zoneOf({ x, activation: { from, top } }: Gate, { r }: Passage, i: number): Zone {
  const [value = 0, arriving = 0] = [x[i], r[i]];
  if (arriving === 0) return "nothing";
  const open = value > from && value < top;
  if (open) return arriving > 0 ? "open-up" : "open-down";
  return arriving > 0 ? "closed-up" : "closed-down";
}

export function countsOf(gate: Gate, passage: Passage): Readonly<Record<Zone, Count>> {
  const counts = Object.fromEntries(zones.map((zone) => [zone, { arrived: 0, passed: 0 }])) as Record<Zone, Count>;
  for (let i = 0; i < gate.x.length; i++) {
    const zone = zoneOf(gate, passage, i);
    const { arrived, passed } = counts[zone];
    counts[zone] = { arrived: arrived + 1, passed: passed + (passage.dx[i] === 0 ? 0 : 1) };
  }
  return counts;
}

/** How many values pass. */
export function passedOf({ dx }: Passage): number {
  let passed = 0;
  for (const value of dx) if (value !== 0) passed++;
  return passed;
}

/** A square of 3 x 3 values of one channel. */
export interface Patch {
  readonly channel: number;
  readonly row: number;
  readonly column: number;
  /** Where its nine values lie. */
  readonly places: readonly number[];
}

const side = 3;

/** The patch in which there is most to see: of most zones, then with fewest empty places. Undefined for a gate without
 * height and width. */
export function bestPatch(gate: Gate): Patch | undefined {
  const [, height = 1, width = 1, channels = 1] = gate.shape;
  const [plain] = gate.passages;
  if (gate.shape.length !== 4 || height < side || width < side || !plain) return undefined;
  const all = Array.from(gate.x, (_, i) => zones.indexOf(zoneOf(gate, plain, i)));
  let [best, most] = [0, -1];
  for (let first = 0; first < all.length; first++) {
    const column = Math.floor(first / channels) % width;
    const row = Math.floor(first / channels / width);
    if (column > width - side || row > height - side) continue;
    const score = scoreOf(placesFrom(first, { width, channels }).map((i) => all[i] ?? 0));
    if (score > most) [best, most] = [first, score];
  }
  const position = Math.floor(best / channels);
  const places = placesFrom(best, { width, channels });
  return { channel: best % channels, row: Math.floor(position / width), column: position % width, places };
}

function placesFrom(first: number, { width, channels }: { width: number; channels: number }): number[] {
  return Array.from({ length: side * side }, (_, i) => {
    return first + (Math.floor(i / side) * width + (i % side)) * channels;
  });
}

function scoreOf(found: readonly number[]): number {
  const empty = zones.indexOf("nothing");
  const filled = found.filter((zone) => zone !== empty);
  return 10 * new Set(filled).size + filled.length;
}

/** Places of at most so many values, evenly over all. */
export function sampled(length: number, most: number): number[] {
  const count = Math.min(length, most);
  return Array.from({ length: count }, (_, i) => Math.floor((i * length) / count));
}
