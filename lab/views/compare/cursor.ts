import { computed, signal } from "@preact/signals";
import { param, setParams } from "../../store/link.ts";

/** A place on all maps at once, 0..1 along both sides. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

const moving = signal<Place | undefined>(undefined);

/** Where the pointer is, or last was: the address keeps that. */
export const cursor = computed<Place>(() => {
  const [x = Number.NaN, y = Number.NaN] = (param("at") ?? "").split(",").map(Number);
  const kept = x >= 0 && x < 1 && y >= 0 && y < 1 ? { x, y } : { x: 0.5, y: 0.5 };
  return moving.value ?? kept;
});

/** The pointer moves. */
export function point(place: Place): void {
  moving.value = place;
}

/** The pointer leaves; its place stays. */
export function keep(): void {
  const { x, y } = cursor.peek();
  setParams({ at: `${x.toFixed(3)},${y.toFixed(3)}` });
  moving.value = undefined;
}

/** Cells that a key goes, along a side. */
const keySteps = 28;
const ways: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Goes with the arrow keys.
 * @returns whether the key was one of them */
export function goByKey(key: string): boolean {
  const way = ways[key];
  if (!way) return false;
  const { x, y } = cursor.peek();
  const within = (value: number) => Math.min(0.999, Math.max(0, value));
  point({ x: within(x + way[0] / keySteps), y: within(y + way[1] / keySteps) });
  keep();
  return true;
}
