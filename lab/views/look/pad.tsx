import { useEffect, useRef } from "preact/hooks";
import { imageOf } from "../../parts/pixels.ts";
import { openPicture } from "../../store/session.ts";
import { lookWords } from "../../strings/look.ts";

const side = 280;

/** A sheet of paper to draw a digit on; the network looks after every stroke. */
export function DigitPad() {
  const words = lookWords();
  const canvas = useRef<HTMLCanvasElement>(null);
  const clear = () => {
    const pen = penOf(canvas.current);
    pen?.fillRect(0, 0, side, side);
  };
  useEffect(clear, []);
  const onDown = (event: PointerEvent) => {
    canvas.current?.setPointerCapture(event.pointerId);
    const pen = penOf(canvas.current);
    if (!pen) return;
    pen.beginPath();
    pen.moveTo(...placeOf(event));
    pen.lineTo(...placeOf(event)); // a dot, if it stays there
    pen.stroke();
  };
  const onMove = (event: PointerEvent) => {
    if (!canvas.current?.hasPointerCapture(event.pointerId)) return;
    const pen = penOf(canvas.current);
    pen?.lineTo(...placeOf(event));
    pen?.stroke();
  };
  const onUp = (event: PointerEvent) => {
    if (!canvas.current?.hasPointerCapture(event.pointerId)) return; // it was pressed somewhere else
    void openPicture(words.drawing, imageOf(canvas.current, { width: side, height: side }));
  };
  return (
    <section class="pad">
      <h2>{words.pad}</h2>
      <p class="soft">{words.padHint}</p>
      <canvas
        ref={canvas}
        width={side}
        height={side}
        role="img"
        aria-label={words.pad}
        onPointerDown={onDown}
        onPointerMove={onMove}
        onPointerUp={onUp}
      />
      <button type="button" onClick={clear}>
        {words.clear}
      </button>
    </section>
  );
}

/** Thick dark strokes on white paper. */
function penOf(canvas: HTMLCanvasElement | null): CanvasRenderingContext2D | undefined {
  const pen = canvas?.getContext("2d");
  if (!pen) return undefined;
  return Object.assign(pen, {
    fillStyle: "#fff",
    strokeStyle: "#000",
    lineWidth: 24,
    lineCap: "round",
    lineJoin: "round",
  });
}

/** Where the pointer is, in pixels of the canvas. */
function placeOf(event: PointerEvent): [x: number, y: number] {
  const { left, top, width, height } = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return [((event.clientX - left) / width) * side, ((event.clientY - top) / height) * side];
}
