import { BacklightError } from "../errors.ts";
import { toRgb } from "../image/channels.ts";
import { dataUrl } from "../image/data-url.ts";
import { encodePng } from "../image/encode.ts";
import type { OverlayOptions } from "../image/render.ts";
import type { Image } from "../image/types.ts";
import { escapeHtml, fourDigits } from "./html.ts";
import type { Provenance } from "./types.ts";

/** What a canvas must have to be drawn on: an HTMLCanvasElement and an OffscreenCanvas do. */
export interface DrawableCanvas {
  width: number;
  height: number;
  getContext(kind: "2d"): {
    createImageData(width: number, height: number): { readonly data: Uint8ClampedArray };
    putImageData(data: never, x: number, y: number): void;
  } | null;
}

/** With a picture, the result is laid over it, at its size; without, it stands alone. */
export interface Over {
  readonly image?: Image | undefined;
}

/** What every result says of itself and how it becomes a picture: PNG, data URL, canvas, HTML. */
export abstract class Rendered<RenderOptions extends object> {
  readonly provenance: Provenance;
  /** The extremes of the raw values. */
  readonly min: number;
  readonly max: number;
  /** "empty" where there is nothing to show: the picture is then of one colour, and the HTML says so. */
  readonly status: "ok" | "empty";
  /** What a reader must know: that a rule found nothing to replace, say. */
  readonly notes: readonly string[];

  constructor(facts: {
    readonly provenance: Provenance;
    readonly min: number;
    readonly max: number;
    readonly empty: boolean;
    readonly notes?: readonly string[] | undefined;
  }) {
    this.provenance = facts.provenance;
    this.min = facts.min;
    this.max = facts.max;
    this.status = facts.empty ? "empty" : "ok";
    this.notes = facts.notes ?? [];
  }

  /** True where `status` is "empty". */
  get empty(): boolean {
    return this.status === "empty";
  }

  /** The result alone, as a picture. */
  abstract render(options?: RenderOptions): Image;

  /** The result over a picture, at the picture's size. */
  abstract overlay(image: Image, options?: RenderOptions & OverlayOptions): Image;

  /** A PNG file, over a picture if one is given.
   * @throws BacklightError if the PNG codec cannot be loaded */
  async png(options?: RenderOptions & OverlayOptions & Over): Promise<Uint8Array> {
    return encodePng(this.#picture(options));
  }

  /** The PNG as a `data:` address, for an `<img>`. */
  async dataUrl(options?: RenderOptions & OverlayOptions & Over): Promise<string> {
    return dataUrl(await this.png(options));
  }

  /** Draws on a canvas, which takes the size of the picture.
   * @throws BacklightError if the canvas has no 2d context */
  draw(canvas: DrawableCanvas, options?: RenderOptions & OverlayOptions & Over): void {
    const { width, height, data } = toRgb(this.#picture(options));
    const context = canvas.getContext("2d");
    if (!context)
      throw new BacklightError(
        "draw: this canvas gives no 2d context: it has one of another kind, or this runtime has none. Take png() instead.",
      );
    canvas.width = width;
    canvas.height = height;
    const target = context.createImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      target.data.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
      target.data[4 * i + 3] = 255;
    }
    context.putImageData(target as never, 0, 0);
  }

  /** A `<figure>` that needs nothing else: the picture is inside, with what was asked, the raw range and where it came
   * from; every string is escaped. */
  async html(options?: RenderOptions & OverlayOptions & Over): Promise<string> {
    const picture = this.#picture(options);
    const url = dataUrl(await encodePng(picture));
    const lines = this.#facts().map((line) => escapeHtml(line));
    const { method, target } = this.provenance;
    const alt = escapeHtml(`${method}: ${target}`);
    return `<figure style="margin:0;max-width:${picture.width}px;font:14px/1.4 sans-serif">
<img alt="${alt}" width="${picture.width}" height="${picture.height}" style="max-width:100%;height:auto" src="${url}">
<figcaption>${lines.join("<br>\n")}</figcaption>
</figure>`;
  }

  #picture(options: (RenderOptions & OverlayOptions & Over) | undefined): Image {
    return options?.image ? this.overlay(options.image, options) : this.render(options);
  }

  #facts(): string[] {
    const { model, method, layer, target, rule, picture, options } = this.provenance;
    const chosen = Object.entries(options ?? {}).map(([name, value]) => `${name} ${value}`);
    return [
      `${method} of the ${target}${layer === undefined ? "" : ` at ${layer}`}`,
      `raw values from ${fourDigits(this.min)} to ${fourDigits(this.max)}`,
      ...(this.empty ? ["empty: there is no positive evidence here"] : []),
      [model, `rule ${rule}`, ...(picture === undefined ? [] : [`picture ${picture}`]), ...chosen].join(", "),
      ...this.notes,
    ];
  }
}
