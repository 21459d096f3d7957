import { useEffect, useRef, useState } from "preact/hooks";
import { type Image, type Run, slice, type Tensor } from "../../../src/index.ts";
import { Picture } from "../../parts/picture.tsx";
import { channelOf, largest, signedImage } from "../../parts/signed.ts";
import { useResult } from "../../parts/use-result.ts";
import { networkWords } from "../../strings/network.ts";

/** How many channels a line shows. */
const first = 6;

interface ThumbsProps {
  readonly run: Run;
  readonly tensor: Tensor;
  /** Whose output it is. */
  readonly of: string;
}

/** The first channels of an output, side by side; read from the GPU when the line comes into view. */
export function Thumbs({ run, tensor, of }: ThumbsProps) {
  const place = useRef<HTMLSpanElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const watcher = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
    });
    if (place.current) watcher.observe(place.current);
    return () => watcher.disconnect();
  }, []);
  const { value } = useResult(seen ? () => read(run, tensor) : undefined, [run, tensor, seen]);
  return (
    <span ref={place} class="thumbs">
      {value && <Picture image={value} alt={networkWords().thumbs(of)} pixelated />}
    </span>
  );
}

function read(run: Run, tensor: Tensor): Promise<Image> {
  const shape = [1, ...tensor.shape.slice(1)];
  const isSpatial = shape.length === 4;
  const end = isSpatial ? [...shape.slice(0, 3), Math.min(first, shape[3] ?? 0)] : shape;
  const [, height = 1, width = 1, channels = 1] = isSpatial ? end : [1, 1, end.at(-1) ?? 1, 1];
  return run.recording.encode(() => ({
    tensors: [slice(tensor, { begin: end.map(() => 0), end })],
    finish: ([values = new Float32Array(0)]) => {
      const most = largest(values);
      const planes = Array.from({ length: channels }, (_, channel) => channelOf(values, { channels, channel }));
      return sideBySide(planes.map((plane) => signedImage(plane, { width, height, most })));
    },
  }));
}

/** Images of one size in a row, with a little of nothing between them: they are enlarged to this many pixels at least, so
 * that one pixel is a narrow gap. */
const least = 14;

function sideBySide(images: readonly Image[]): Image {
  const [one] = images;
  if (!one) return { width: 1, height: 1, channels: 4, data: new Uint8Array(4) };
  const times = images.length > 1 ? Math.ceil(least / one.width) : 1;
  const size = { width: times * one.width, height: times * one.height };
  const step = size.width + Math.round(size.width / least);
  const width = (images.length - 1) * step + size.width;
  const data = new Uint8Array(4 * width * size.height);
  for (const [i, image] of images.entries())
    for (let y = 0; y < size.height; y++)
      for (let x = 0; x < size.width; x++) {
        const from = 3 * (Math.floor(y / times) * one.width + Math.floor(x / times));
        data.set([...image.data.subarray(from, from + 3), 255], 4 * (y * width + i * step + x));
      }
  return { width, height: size.height, channels: 4, data };
}
