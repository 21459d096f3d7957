import { useMemo } from "preact/hooks";
import { Picture } from "../../parts/picture.tsx";
import { signedImage } from "../../parts/signed.ts";
import type { Seen } from "./read-pool.ts";

interface FramedProps {
  readonly values: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** A part that is framed; none unless given. */
  readonly part?: Seen;
  /** The magnitude of the full colour; the largest unless given. */
  readonly most?: number;
}

/** One channel as a picture, with a part of it framed. */
export function Framed({ values, width, height, title, part, most }: FramedProps) {
  const image = useMemo(
    () => signedImage(values, { width, height, ...(most === undefined ? {} : { most }) }),
    [values, width, height, most],
  );
  const place = part && {
    left: `${(100 * part.column) / width}%`,
    top: `${(100 * part.row) / height}%`,
    width: `${(100 * part.width) / width}%`,
    height: `${(100 * part.height) / height}%`,
  };
  return (
    <figure class="framed">
      <div>
        <Picture image={image} alt={title} pixelated />
        {place && <span class="frame" style={place} />}
      </div>
      <figcaption>{title}</figcaption>
    </figure>
  );
}
