import { useEffect, useRef } from "preact/hooks";
import { type Image, solid } from "../../src/index.ts";

interface PictureProps {
  readonly image: Image;
  /** What it shows, for those who do not see it. */
  readonly alt: string;
  /** Values side by side are squares, not blurred: for pictures of few pixels. */
  readonly pixelated?: boolean;
  readonly class?: string;
  /** Where the pointer is, in pixels of the picture; undefined when it leaves. */
  readonly onPoint?: (at: { readonly x: number; readonly y: number } | undefined) => void;
}

/** A picture on a canvas, as wide as its place. */
export function Picture({ image, alt, pixelated = false, class: name = "", onPoint }: PictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) draw(canvas.current, image);
  }, [image]);
  const point = (event: PointerEvent) => {
    const { left, top, width, height } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const x = Math.floor(((event.clientX - left) / width) * image.width);
    const y = Math.floor(((event.clientY - top) / height) * image.height);
    onPoint?.({ x: clamp(x, image.width), y: clamp(y, image.height) });
  };
  const watch = onPoint ? { onPointerMove: point, onPointerDown: point, onPointerLeave: () => onPoint(undefined) } : {};
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={alt}
      class={`picture ${pixelated ? "pixelated" : ""} ${name}`}
      width={image.width}
      height={image.height}
      {...watch}
    />
  );
}

const clamp = (value: number, extent: number) => Math.min(Math.max(value, 0), extent - 1);

/** Draws an image of 1, 3 or 4 channels at its own size. */
export function draw(canvas: HTMLCanvasElement, image: Image): void {
  const { width, height, channels, data } = image;
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) return;
  const pixels = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const at = (c: number) => data[channels * i + Math.min(c, channels - 1)] ?? 0;
    pixels.data.set([at(0), at(1), at(2), channels === 4 ? at(3) : 255], 4 * i);
  }
  context.putImageData(pixels, 0, 0);
}

/** Something grey of a size, for where a picture will be. */
export function blank(width: number, height: number): Image {
  return solid({ width, height }, [128, 128, 128]);
}
