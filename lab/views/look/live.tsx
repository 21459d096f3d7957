import { useEffect, useState } from "preact/hooks";
import { DeviceLostError, DisposedError, explain, type Image, topClass } from "../../../src/index.ts";
import { percent } from "../../parts/numbers.ts";
import { Picture } from "../../parts/picture.tsx";
import { imageOf, within } from "../../parts/pixels.ts";
import { className, layer, target } from "../../store/chosen.ts";
import { param } from "../../store/link.ts";
import { report } from "../../store/problem.ts";
import { type Explained, explained } from "../../store/session.ts";
import { colormap } from "../../store/settings.ts";
import { lookWords } from "../../strings/look.ts";

/** Longest side of a live picture: more would only be slower. */
const mostPixels = 320;

interface Frame {
  readonly image: Image;
  /** The likeliest class and its probability. */
  readonly best: string;
}

interface LiveProps {
  readonly video: HTMLVideoElement;
  readonly onEnd: () => void;
}

/** Grad-CAM of what the camera sees, picture after picture, as fast as they come. */
export function Live({ video, onEnd }: LiveProps) {
  const words = lookWords().camera;
  const [shown, setShown] = useState<Frame & { readonly fps: number }>();
  useEffect(() => {
    const stop = new AbortController();
    let last = performance.now();
    let between: number | undefined;
    const show = (frame: Frame) => {
      const now = performance.now();
      // smoothed: single pictures vary
      between = between === undefined ? now - last : 0.8 * between + 0.2 * (now - last);
      last = now;
      setShown({ ...frame, fps: 1000 / between });
    };
    watch(video, show, stop.signal).catch((error: unknown) => {
      report(error);
      onEnd();
    });
    return () => stop.abort();
  }, [video]);
  if (!shown) return null;
  return (
    <figure class="live">
      <Picture image={shown.image} alt={words.liveMap} />
      <figcaption>
        <strong>{shown.best}</strong> <span class="rate soft">{words.rate(shown.fps.toFixed(1))}</span>
      </figcaption>
    </figure>
  );
}

async function watch(video: HTMLVideoElement, show: (frame: Frame) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const one = explained.peek();
    try {
      const frame = one && (await frameOf(one, video));
      if (frame && !signal.aborted) show(frame);
    } catch (error) {
      // the network was replaced meanwhile, or the GPU went away: the next picture goes to what comes after
      if (!(error instanceof DisposedError || error instanceof DeviceLostError)) throw error;
    }
    await new Promise(requestAnimationFrame);
  }
}

async function frameOf({ model }: Explained, video: HTMLVideoElement): Promise<Frame> {
  const picture = imageOf(video, within({ width: video.videoWidth, height: video.videoHeight }, mostPixels));
  const run = explain(model, picture);
  try {
    const scalar = param("class") === undefined ? topClass() : target.peek();
    const [map, [best]] = await Promise.all([run.gradCam({ target: scalar, layer: layer.peek() }), run.predictions(1)]);
    const image = map.overlay(picture, { colormap: colormap.peek(), alpha: 0.5, style: "blend" });
    return { image, best: best ? `${className(best.index)} ${percent(best.probability)}` : "" };
  } finally {
    run.dispose();
  }
}
