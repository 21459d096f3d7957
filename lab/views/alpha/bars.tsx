import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { short } from "../../parts/numbers.ts";
import { largest } from "../../parts/signed.ts";
import { alphaWords } from "../../strings/alpha.ts";

interface BarsProps {
  readonly alpha: Float32Array;
  /** From left to right. */
  readonly order: readonly number[];
  readonly isOn: (channel: number) => boolean;
  readonly chosen: number;
  readonly onChoose: (channel: number) => void;
  readonly onSwitch: (channel: number) => void;
}

const half = 70;
/** Pixels of a bar, at least. */
const NARROWEST = 7;
const moves: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageUp: 10,
  PageDown: -10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/** Alpha of every channel: a click chooses a bar and switches it; by keys, arrows choose and Space switches. */
export function Bars({ alpha, order, isOn, chosen, onChoose, onSwitch }: BarsProps) {
  const words = alphaWords();
  const most = largest(alpha);
  const place = Math.max(0, order.indexOf(chosen));
  const at = (index: number) => order[Math.min(Math.max(index, 0), order.length - 1)] ?? 0;
  const byPointer = (event: MouseEvent) => {
    if (!(event.currentTarget instanceof Element)) return;
    const { left, width } = event.currentTarget.getBoundingClientRect();
    onSwitch(at(Math.floor(((event.clientX - left) / width) * order.length)));
  };
  const byKey = (event: KeyboardEvent) => {
    const move = moves[event.key];
    if (move !== undefined) onChoose(at(place + move));
    else if (event.key === " " || event.key === "Enter") onSwitch(chosen);
    else return;
    event.preventDefault();
  };
  return (
    <div class="bars-of-alpha">
      <p class="soft">{words.scale(short(most))}</p>
      <Scrolled place={place} of={order.length}>
        <div
          role="slider"
          tabIndex={0}
          aria-label={words.barsLabel}
          aria-valuemin={0}
          aria-valuemax={order.length - 1}
          aria-valuenow={place}
          aria-valuetext={words.bar({ channel: chosen, alpha: short(alpha[chosen] ?? 0), on: isOn(chosen) })}
          onClick={byPointer}
          onKeyDown={byKey}
          style={{ minWidth: `${NARROWEST * order.length}px` }}
        >
          <svg viewBox={`0 0 ${order.length} ${2 * half}`} preserveAspectRatio="none" aria-hidden="true">
            <rect class="chosen" x={place} y={0} width={1} height={2 * half} />
            {order.map((channel, i) => (
              <Bar key={channel} x={i} share={(alpha[channel] ?? 0) / (most || 1)} on={isOn(channel)} />
            ))}
            <path class="zero" d={`M0 ${half}H${order.length}`} />
          </svg>
        </div>
      </Scrolled>
      <p aria-hidden="true">{words.bar({ channel: chosen, alpha: short(alpha[chosen] ?? 0), on: isOn(chosen) })}</p>
    </div>
  );
}

function Bar({ x, share, on }: { readonly x: number; readonly share: number; readonly on: boolean }) {
  const long = Math.abs(share) * (half - 4);
  const kind = `${share < 0 ? "down" : "up"} ${on ? "" : "off"}`;
  return (
    <rect class={kind} x={x + 0.12} y={share < 0 ? half : half - long} width={0.76} height={Math.max(long, 0.5)} />
  );
}

interface ScrolledProps {
  readonly place: number;
  readonly of: number;
  readonly children: ComponentChildren;
}

/** Keeps the chosen bar in sight. */
function Scrolled({ place, of, children }: ScrolledProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { current } = box;
    if (!current) return;
    const middle = ((place + 0.5) / of) * current.scrollWidth;
    const hidden = middle < current.scrollLeft || middle > current.scrollLeft + current.clientWidth;
    if (hidden) current.scrollLeft = middle - current.clientWidth / 2;
  }, [place, of]);
  return (
    <div class="scroll" ref={box}>
      {children}
    </div>
  );
}
