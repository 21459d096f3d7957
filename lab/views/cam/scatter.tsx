import { short } from "../../parts/numbers.ts";
import { largest } from "../../parts/signed.ts";
import { camWords } from "../../strings/cam.ts";

interface ScatterProps {
  /** Across. */
  readonly weights: Float32Array;
  /** Up. */
  readonly scaled: Float32Array;
  readonly chosen: number;
  readonly onChoose: (channel: number) => void;
}

/** From the middle to an edge. */
const half = 100;
const room = 18;

/** A point for every channel, its weight across and Z alpha up: the nearest to a click is chosen, or the next by arrow keys. */
export function Scatter({ weights, scaled, chosen, onChoose }: ScatterProps) {
  const words = camWords();
  const most = Math.max(largest(weights), largest(scaled)) || 1;
  const at = (channel: number) => ({
    x: (half * (weights[channel] ?? 0)) / most,
    y: (-half * (scaled[channel] ?? 0)) / most,
  });
  const order = [...weights.keys()].sort((a, b) => (weights[a] ?? 0) - (weights[b] ?? 0));
  const place = Math.max(0, order.indexOf(chosen));
  const channelAt = (index: number) => order[Math.min(Math.max(index, 0), order.length - 1)] ?? 0;
  const byPointer = (event: MouseEvent) => {
    if (!(event.currentTarget instanceof Element)) return;
    const { left, top, width } = event.currentTarget.getBoundingClientRect();
    const unit = (2 * (half + room)) / width;
    const [x, y] = [(event.clientX - left) * unit - half - room, (event.clientY - top) * unit - half - room];
    const far = (channel: number) => Math.hypot(at(channel).x - x, at(channel).y - y);
    onChoose(order.reduce((best, channel) => (far(channel) < far(best) ? channel : best), chosen));
  };
  const byKey = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onChoose(channelAt(place + step));
  };
  const point = at(chosen);
  return (
    <figure class="diagonal-plot">
      <div
        role="slider"
        tabIndex={0}
        aria-label={words.scatterLabel}
        aria-valuemin={0}
        aria-valuemax={order.length - 1}
        aria-valuenow={place}
        aria-valuetext={words.point({ channel: chosen, ...shown(weights[chosen], scaled[chosen]) })}
        onClick={byPointer}
        onKeyDown={byKey}
      >
        <svg viewBox={`${-half - room} ${-half - room} ${2 * (half + room)} ${2 * (half + room)}`} aria-hidden="true">
          <path class="axis" d={`M${-half} 0H${half}M0 ${-half}V${half}`} />
          <path class="diagonal" d={`M${-half} ${half}L${half} ${-half}`} />
          {order.map((channel) => (
            <circle key={channel} cx={at(channel).x} cy={at(channel).y} r={2.2} />
          ))}
          <circle class="chosen" cx={point.x} cy={point.y} r={5} />
          <text x={half} y={12} text-anchor="end">
            w
          </text>
          <text x={6} y={-half + 4}>
            Z·α
          </text>
          <text class="tick" x={half} y={-4} text-anchor="end">
            {short(most)}
          </text>
        </svg>
      </div>
      <figcaption>{words.point({ channel: chosen, ...shown(weights[chosen], scaled[chosen]) })}</figcaption>
    </figure>
  );
}

function shown(weight = 0, scaled = 0): { weight: string; scaled: string } {
  return { weight: short(weight), scaled: short(scaled) };
}
