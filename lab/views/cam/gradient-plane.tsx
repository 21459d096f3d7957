import { PlaneOfNumbers } from "../../parts/plane-of-numbers.tsx";
import { channelOf } from "../../parts/signed.ts";
import { numberParam, setParams } from "../../store/link.ts";
import { camWords } from "../../strings/cam.ts";
import type { Defined, Refused } from "./ask.ts";

type Gradients = Pick<Defined | Refused, "gradients" | "channels" | "width" | "height">;

/** The gradient of one channel, and the cell that the address names. */
export function planeOf({ gradients, channels }: Gradients, channel: number) {
  const plane = channelOf(gradients, { channels, channel });
  return { plane, cell: Math.min(numberParam("at") ?? 0, plane.length - 1) };
}

/** That gradient, cell by cell. */
export function GradientPlane({ of, channel }: { readonly of: Gradients; readonly channel: number }) {
  const { width, height } = of;
  const { plane, cell } = planeOf(of, channel);
  return (
    <PlaneOfNumbers
      values={plane}
      width={width}
      height={height}
      caption={camWords().gradientOf(channel)}
      chosen={{ row: Math.floor(cell / width), column: cell % width }}
      onChoose={({ row, column }) => setParams({ at: row * width + column })}
    />
  );
}
