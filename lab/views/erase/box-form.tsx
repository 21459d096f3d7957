import { useId, useState } from "preact/hooks";
import { eraseWords } from "../../strings/erase.ts";

const sides = ["left", "top", "width", "height"] as const;
type Box = Record<(typeof sides)[number], number>;

/** A box by its numbers, in per cent of the picture: for those who do not paint with a pointer. */
export function BoxForm({ onBox }: { readonly onBox: (box: Box) => void }) {
  const words = eraseWords();
  const id = useId();
  const [box, setBox] = useState<Box>({ left: 40, top: 40, width: 20, height: 20 });
  return (
    <form
      class="box-form"
      onSubmit={(event) => {
        event.preventDefault();
        onBox(box);
      }}
    >
      {sides.map((side) => (
        <span key={side} class="field">
          <label for={`${id}-${side}`}>{words.sides[side]}</label>
          <input
            id={`${id}-${side}`}
            type="number"
            min={0}
            max={100}
            value={box[side]}
            onInput={(event) => setBox({ ...box, [side]: event.currentTarget.valueAsNumber || 0 })}
          />
        </span>
      ))}
      <button type="submit">{words.eraseBox}</button>
    </form>
  );
}
