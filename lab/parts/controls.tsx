import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly options: readonly (readonly [value: T, name: string])[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}

/** One of a few, all in sight: radio buttons drawn as one bar. */
export function Choice<T extends string>({ label, options, value, onChange }: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      {options.map(([option, title]) => (
        <label key={option} class={option === value ? "chosen" : ""}>
          <input type="radio" name={name} checked={option === value} onChange={() => onChange(option)} />
          <span>{title}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface PickProps<T extends string> extends ChoiceProps<T> {}

/** One of many: the system's own list. */
export function Pick<T extends string>({ label, options, value, onChange }: PickProps<T>) {
  const id = useId();
  return (
    <span class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={(event) => {
          const chosen = options.find(([option]) => option === event.currentTarget.value);
          if (chosen) onChange(chosen[0]);
        }}
      >
        {options.map(([option, title]) => (
          <option key={option} value={option}>
            {title}
          </option>
        ))}
      </select>
    </span>
  );
}

interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  /** The value in words, beside the slider. */
  readonly show?: string;
  readonly onInput: (value: number) => void;
}

export function Slider({ label, value, min, max, step = 1, show, onInput }: SliderProps) {
  const id = useId();
  return (
    <span class="field slider">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={show}
        onInput={(event) => onInput(Number(event.currentTarget.value))}
      />
      <output for={id}>{show ?? value}</output>
    </span>
  );
}

interface ToggleProps {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function Toggle({ label, checked, onChange }: ToggleProps) {
  return (
    <label class="toggle">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      {label}
    </label>
  );
}

interface BusyProps {
  readonly label: string;
  /** 0..1, where it is known. */
  readonly share?: number | undefined;
  readonly cancel?: { readonly label: string; readonly onClick: () => void };
}

/** Something under way: how far, and the way out. */
export function Busy({ label, share, cancel }: BusyProps) {
  return (
    <p class="busy" role="status">
      <span>{label}</span>
      <progress aria-label={label} {...(share === undefined ? {} : { value: share, max: 1 })} />
      {cancel && (
        <button type="button" onClick={cancel.onClick}>
          {cancel.label}
        </button>
      )}
    </p>
  );
}

/** A question and its answer, which shows on demand. */
export function Reveal({ question, children }: { readonly question: string; readonly children: ComponentChildren }) {
  return (
    <details class="reveal">
      <summary>{question}</summary>
      {children}
    </details>
  );
}
