import type { FloatMap, Image } from "../../../image/types.ts";
import { marks, outlines, type Region, textures } from "./parts.ts";
import type { Colour, ObjectPlan, Pose, ScenePlan } from "./plan.ts";

/** Contrast of the bodies' textures: the marks have more. */
const textureContrast = 0.13;
/** Units of a texture from the middle of a body to its end. */
const textureUnits = 7;
/** Every sample moves by up to this. */
const grain = 0.05;

/** Draws a picture; `random` gives its grain. */
export function drawScene({ ground, clutter, objects }: ScenePlan, size: number, random: () => number): Image {
  const canvas: Canvas = { size, data: new Float64Array(3 * size * size) };
  drawGround(canvas, ground);
  for (const { kind, ...patch } of clutter) {
    const { halfLength, halfWidth, colour } = patch;
    const inside = patches[kind] ?? isEllipse;
    drawPosed(canvas, patch, (x, y) => (inside(x / halfLength, y / halfWidth) ? colour : undefined));
  }
  for (const plan of objects) drawObject(canvas, plan);
  const data = new Uint8Array(canvas.data.length);
  for (let i = 0; i < data.length; i++) {
    const value = (canvas.data[i] ?? 0) + grain * (2 * random() - 1);
    data[i] = Math.floor(255 * Math.min(1, Math.max(0, value)) + 0.5);
  }
  return { width: size, height: size, channels: 3, data };
}

interface Canvas {
  readonly size: number;
  readonly data: Float64Array;
}

const isEllipse: Region = (x, y) => x * x + y * y < 1;
const patches: readonly Region[] = [
  isEllipse,
  (x, y) => Math.abs(x) < 1 && Math.abs(y) < 1,
  (x, y) => x > -1 && Math.abs(y) < 0.5 * (1 - x),
];

/** Colours of a 4 x 4 grid, bilinearly. */
function drawGround({ size, data }: Canvas, ground: readonly Colour[]): void {
  const row = new Float64Array(12); // the grid's columns at the height of a row of pixels
  for (let y = 0; y < size; y++) {
    const v = (3 * y) / size;
    const top = Math.floor(v);
    for (let i = 0; i < 12; i++) {
      const [column, c] = [Math.floor(i / 3), i % 3];
      const [above, below] = [ground[4 * top + column]?.[c] ?? 0, ground[4 * top + 4 + column]?.[c] ?? 0];
      row[i] = above + (v - top) * (below - above);
    }
    for (let x = 0; x < size; x++) {
      const u = (3 * x) / size;
      const left = Math.floor(u);
      for (let c = 0; c < 3; c++) {
        const [from, to] = [row[3 * left + c] ?? 0, row[3 * left + 3 + c] ?? 0];
        data[3 * (y * size + x) + c] = from + (u - left) * (to - from);
      }
    }
  }
}

function drawObject(canvas: Canvas, plan: ObjectPlan): void {
  const { halfLength, radius, offset, colour } = plan;
  const mark: Region = Object.values(marks)[plan.classIndex] ?? isEllipse;
  const texture = textures[plan.texture];
  const scale = textureUnits / halfLength;
  const { inBody, inBadge } = regionsOf(plan);
  drawPosed(canvas, plan, (x, y) => {
    if (inBadge(x, y)) return mark((x - offset) / radius, y / radius) ? plan.ink : plan.paper;
    if (!inBody(x, y)) return undefined;
    const light = textureContrast * (texture?.(scale * x, scale * y) ?? 0);
    return [colour[0] + light, colour[1] + light, colour[2] + light];
  });
}

/** The object and its part as masks: 1 inside, 0 outside. */
export function masksOf(plan: ObjectPlan, size: number): { readonly mask: FloatMap; readonly part: FloatMap } {
  const { inBody, inBadge } = regionsOf(plan);
  const mask = maskOf(size, plan, (x, y) => inBadge(x, y) || inBody(x, y));
  return { mask, part: maskOf(size, plan, inBadge) };
}

function regionsOf({ outline, halfLength, halfWidth, radius, offset }: ObjectPlan) {
  const body = outlines[outline] ?? isEllipse;
  const inBody: Region = (x, y) => body(x / halfLength, y / halfWidth);
  const inBadge: Region = (x, y) => isEllipse((x - offset) / radius, y / radius);
  return { inBody, inBadge };
}

/** Paints a posed figure, its edges smoothed.
 * @param paint colour at a place in pixels from the figure's centre along its axes; undefined outside of it */
function drawPosed({ size, data }: Canvas, pose: Pose, paint: (x: number, y: number) => Colour | undefined): void {
  eachPixel(size, pose, (at, x, y) => {
    let [missed, red, green, blue] = [0, 0, 0, 0];
    for (let corner = 0; corner < corners; corner++) {
      const colour = paint(x + cornerX(pose, corner), y + cornerY(pose, corner));
      if (!colour) missed++;
      else {
        red += colour[0];
        green += colour[1];
        blue += colour[2];
      }
    }
    if (missed === corners) return;
    data[3 * at] = (missed * (data[3 * at] ?? 0) + red) / corners;
    data[3 * at + 1] = (missed * (data[3 * at + 1] ?? 0) + green) / corners;
    data[3 * at + 2] = (missed * (data[3 * at + 2] ?? 0) + blue) / corners;
  });
}

/** 1 in pixels of which at least half lies inside. */
function maskOf(size: number, pose: Pose, inside: Region): FloatMap {
  const data = new Float32Array(size * size);
  eachPixel(size, pose, (at, x, y) => {
    let hits = 0;
    for (let corner = 0; corner < corners; corner++)
      if (inside(x + cornerX(pose, corner), y + cornerY(pose, corner))) hits++;
    if (2 * hits >= corners) data[at] = 1;
  });
  return { width: size, height: size, data };
}

/** Calls `body` for every pixel near a figure, with the pixel's centre as seen from the figure. */
function eachPixel(size: number, pose: Pose, body: (at: number, x: number, y: number) => void): void {
  const { cos, sin, halfLength, halfWidth } = pose;
  // no figure goes beyond the corner of the box about it by more than a pixel
  const reach = Math.sqrt(halfLength * halfLength + halfWidth * halfWidth) + 1;
  const first = (centre: number) => Math.max(0, Math.floor(centre - reach));
  const last = (centre: number) => Math.min(size - 1, Math.floor(centre + reach));
  const [left, right] = [first(pose.x), last(pose.x)];
  for (let row = first(pose.y); row <= last(pose.y); row++) {
    const dy = row + 0.5 - pose.y;
    for (let column = left; column <= right; column++) {
      const dx = column + 0.5 - pose.x;
      if (dx * dx + dy * dy < reach * reach) body(row * size + column, cos * dx + sin * dy, cos * dy - sin * dx);
    }
  }
}

/** A pixel is looked at in four places, a quarter of a pixel from its centre each way. */
const corners = 4;

function cornerX({ cos, sin }: Pose, corner: number): number {
  return 0.25 * ((corner & 1 ? cos : -cos) + (corner & 2 ? sin : -sin));
}

function cornerY({ cos, sin }: Pose, corner: number): number {
  return 0.25 * ((corner & 2 ? cos : -cos) - (corner & 1 ? sin : -sin));
}
