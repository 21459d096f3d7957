import { useEffect, useState } from "preact/hooks";
import { Slider } from "../../parts/controls.tsx";
import { tapeWords } from "../../strings/tape.ts";

/** How long a stop stays in sight while the tape plays, in milliseconds. */
const stayMs = 900;

interface TransportProps {
  readonly at: number;
  readonly count: number;
  /** The stop in words. */
  readonly show: string;
  /** Whether the stop is still being computed: playing waits for it. */
  readonly pending: boolean;
  readonly onGo: (to: number) => void;
}

/** Back, play, forward, and the whole way as a slider. */
export function Transport({ at, count, show, pending, onGo }: TransportProps) {
  const words = tapeWords();
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing || pending) return;
    const timer = setTimeout(() => (at + 1 < count ? onGo(at + 1) : setPlaying(false)), stayMs);
    return () => clearTimeout(timer);
  }, [playing, pending, at, count]);
  const play = () => {
    if (!playing && at + 1 >= count) onGo(0);
    setPlaying(!playing);
  };
  return (
    <div class="transport">
      <div class="buttons">
        <button type="button" disabled={at === 0} onClick={() => onGo(at - 1)}>
          {words.stepBack}
        </button>
        <button type="button" onClick={play}>
          {playing ? words.pause : words.play}
        </button>
        <button type="button" disabled={at + 1 >= count} onClick={() => onGo(at + 1)}>
          {words.step}
        </button>
      </div>
      <Slider label={words.slider(at + 1, count)} min={0} max={count - 1} value={at} show={show} onInput={onGo} />
    </div>
  );
}
