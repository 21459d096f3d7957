/** A picture of 8-bit samples, rows from the top, channels interleaved: `data[(y * width + x) * channels + c]`. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array;
}

/** One float per pixel, rows from the top: a heat map or a mask. */
export interface FloatMap {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** A rectangle of whole pixels; both corners belong to it, so its width is `x1 - x0 + 1`. */
export interface Box {
  /** Left column. */
  readonly x0: number;
  /** Top row. */
  readonly y0: number;
  /** Right column. */
  readonly x1: number;
  /** Bottom row. */
  readonly y1: number;
}

/** Red, green, blue, each 0..255. */
export type Rgb = readonly [number, number, number];

/** An extent in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}
