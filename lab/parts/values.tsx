import { useMemo } from "preact/hooks";
import { valuesWords } from "../strings/values.ts";
import { Channels } from "./channels.tsx";
import { short } from "./numbers.ts";
import { Picture } from "./picture.tsx";
import { signedImage } from "./signed.ts";

interface ValuesProps {
  /** Of one picture, channels last. */
  readonly values: Float32Array;
  /** [1, h, w, channels], or [1, n]. */
  readonly shape: readonly number[];
  /** What the values are, for those who do not see them. */
  readonly of: string;
  /** How many channels at first. */
  readonly page?: number;
}

/** How many of a list's values are written out. */
const mostWritten = 10;

/** A tensor as it is: every channel a small picture; of a tensor without height and width, a strip and its largest. */
export function Values({ values, shape, of, page }: ValuesProps) {
  const [, height = 1, width = 1, channels] = shape;
  if (channels === undefined) return <List values={values} of={of} />;
  return (
    <Channels
      key={shape.join()}
      values={values}
      {...{ width, height, channels, of }}
      {...(page === undefined ? {} : { page })}
    />
  );
}

function List({ values, of }: { readonly values: Float32Array; readonly of: string }) {
  const words = valuesWords();
  const image = useMemo(() => signedImage(values, { width: values.length, height: 1 }), [values]);
  const largest = Array.from(values, (value, index) => ({ value, index }))
    .toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.index - b.index)
    .slice(0, mostWritten);
  return (
    <div class="values">
      <Picture image={image} alt={of} pixelated class="strip" />
      <p class="soft">{values.length > mostWritten ? words.largest(mostWritten, values.length) : words.all}</p>
      <ol class="written">
        {largest.map(({ value, index }) => (
          <li key={index}>
            <span class="soft">{index}</span> <span class={value < 0 ? "down" : "up"}>{short(value)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
