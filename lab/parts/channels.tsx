import { useMemo, useState } from "preact/hooks";
import { channelsWords } from "../strings/parts.ts";
import { Picture } from "./picture.tsx";
import { channelOf, largest, signedImage } from "./signed.ts";

interface ChannelsProps {
  /** [h, w, channels] of one picture. */
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** What the channels are of, for those who do not see them. */
  readonly of: string;
  readonly chosen?: number | undefined;
  readonly onChoose?: (channel: number) => void;
  /** Shown first; the channels' own order unless given. */
  readonly order?: readonly number[];
  /** How many at once. */
  readonly page?: number;
}

/** Every channel as a small picture, all on one scale: orange above 0, blue below. */
export function Channels({ values, width, height, channels, of, chosen, onChoose, order, page = 48 }: ChannelsProps) {
  const words = channelsWords();
  const [shown, setShown] = useState(page);
  const most = useMemo(() => largest(values), [values]);
  const first = (order ?? Array.from({ length: channels }, (_, i) => i)).slice(0, shown);
  return (
    <div class="channels">
      <ul aria-label={of}>
        {first.map((channel) => {
          const image = signedImage(channelOf(values, { channels, channel }), { width, height, most });
          const picture = <Picture image={image} alt={`${of}, ${words.channel(channel)}`} pixelated />;
          return (
            <li key={channel}>
              {onChoose ? (
                <button type="button" aria-pressed={channel === chosen} onClick={() => onChoose(channel)}>
                  {picture}
                  <span>{channel}</span>
                </button>
              ) : (
                <>
                  {picture}
                  <span>{channel}</span>
                </>
              )}
            </li>
          );
        })}
      </ul>
      {shown < channels && (
        <button type="button" class="more" onClick={() => setShown(shown + 2 * page)}>
          {words.more(channels - shown)}
        </button>
      )}
    </div>
  );
}
