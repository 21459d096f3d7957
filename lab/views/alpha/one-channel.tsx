import { Channels } from "../../parts/channels.tsx";
import { short } from "../../parts/numbers.ts";
import { Picture } from "../../parts/picture.tsx";
import { fitsPlane, PlaneOfNumbers } from "../../parts/plane-of-numbers.tsx";
import { channelOf, signedImage } from "../../parts/signed.ts";
import { setParams } from "../../store/link.ts";
import { alphaWords } from "../../strings/alpha.ts";
import type { LayerNumbers } from "./ask.ts";
import { chooseCell, chosenCell } from "./selection.ts";

interface OneChannelProps {
  readonly numbers: LayerNumbers;
  readonly channel: number;
  readonly order: readonly number[];
}

/** From a channel's gradient to its alpha: all of its numbers, their sum, their mean. */
export function OneChannel({ numbers, channel, order }: OneChannelProps) {
  const words = alphaWords();
  const { width, height, channels, activations, gradients } = numbers;
  const g = channelOf(gradients, { channels, channel });
  const A = channelOf(activations, { channels, channel });
  const cell = chosenCell(numbers);
  return (
    <>
      <h2>{words.oneTitle(channel)}</h2>
      <p>{words.oneLead}</p>
      <div class="one-channel">
        <figure>
          <Picture image={signedImage(A, { width, height })} alt={words.activation(channel)} pixelated />
          <figcaption>{words.activation(channel)}</figcaption>
        </figure>
        <figure>
          <Picture image={signedImage(g, { width, height })} alt={words.gradient(channel)} pixelated />
          <figcaption>{words.gradient(channel)}</figcaption>
        </figure>
        <div>
          <PlaneOfNumbers
            values={g}
            width={width}
            height={height}
            caption={fitsPlane(width, height) ? words.gradient(channel) : words.part(channel)}
            chosen={cell}
            onChoose={chooseCell}
          />
          <Mean numbers={numbers} channel={channel} />
        </div>
      </div>
      <h3>{words.allGradients}</h3>
      <Channels
        values={gradients}
        width={width}
        height={height}
        channels={channels}
        of={words.allGradients}
        chosen={channel}
        onChoose={(next) => setParams({ channel: next })}
        order={order}
        page={24}
      />
    </>
  );
}

function Mean({ numbers, channel }: Omit<OneChannelProps, "order">) {
  const words = alphaWords();
  const { width, height, sums, means, map } = numbers;
  return (
    <table class="mean-of-channel">
      <tbody>
        <tr>
          <th scope="row">{words.sumOf}</th>
          <td class="number">{short(sums[channel] ?? 0)}</td>
        </tr>
        <tr>
          <th scope="row">
            Z = {height} × {width}
          </th>
          <td class="number">{width * height}</td>
        </tr>
        <tr>
          <th scope="row">{words.mean}</th>
          <td class="number">{short(means[channel] ?? 0)}</td>
        </tr>
        <tr>
          <th scope="row">{words.taken(channel)}</th>
          <td class="number">
            <strong>{short(map.alpha[channel] ?? 0)}</strong>
          </td>
        </tr>
      </tbody>
    </table>
  );
}
