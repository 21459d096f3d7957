import { useEffect, useRef } from "preact/hooks";
import type { Image } from "../../../src/index.ts";
import { draw } from "../../parts/picture.tsx";

interface PaintProps {
  readonly image: Image;
  readonly alt: string;
  /** The pointer went over a place with its button down; 0..1 along both sides. */
  readonly onDab: (at: { readonly x: number; readonly y: number }) => void;
  /** The button was let go. */
  readonly onDone: () => void;
}

/** A picture that the pointer paints on. */
export function Paint({ image, alt, onDab, onDone }: PaintProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) draw(canvas.current, image);
  }, [image]);
  const dab = (event: PointerEvent) => {
    if ((event.buttons & 1) === 0) return;
    const { left, top, width, height } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    onDab({ x: (event.clientX - left) / width, y: (event.clientY - top) / height });
  };
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={alt}
      class="picture paint"
      width={image.width}
      height={image.height}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        dab(event);
      }}
      onPointerMove={dab}
      onPointerUp={onDone}
      onPointerCancel={onDone}
    />
  );
}
