import { useRef } from "preact/hooks";
import type { Box, Image } from "../../../src/index.ts";
import { Picture } from "../../parts/picture.tsx";
import { boxOfCorners } from "./own-box.tsx";

interface DrawnBoxProps {
  readonly image: Image;
  readonly label: string;
  /** While the pointer draws, in pixels of the picture. */
  readonly onBox: (box: Box) => void;
}

/** A picture to draw a box on. */
export function DrawnBox({ image, label, onBox }: DrawnBoxProps) {
  const from = useRef<readonly [number, number] | undefined>(undefined);
  const onDown = (event: PointerEvent) => {
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    from.current = placeOf(event, image);
  };
  const onMove = (event: PointerEvent) => {
    if (from.current) onBox(boxOfCorners(from.current, placeOf(event, image), image));
  };
  const onEnd = () => {
    from.current = undefined;
  };
  return (
    <figure class="drawn-box" onPointerDown={onDown} onPointerMove={onMove} onPointerUp={onEnd} onPointerCancel={onEnd}>
      <Picture image={image} alt={label} />
      <figcaption>{label}</figcaption>
    </figure>
  );
}

/** Where the pointer is, in pixels of the picture. */
function placeOf(event: PointerEvent, { width, height }: Image): [x: number, y: number] {
  const canvas = (event.currentTarget as HTMLElement).querySelector("canvas");
  const box = (canvas ?? (event.currentTarget as HTMLElement)).getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
}
