import { useRef } from "preact/hooks";
import { Pick } from "../../parts/controls.tsx";
import { catalogueWords, isModelName, isSampleName, modelNames, samples } from "../../store/catalogue.ts";
import { param } from "../../store/link.ts";
import { openAnything } from "../../store/open-anything.ts";
import { explained, openBuiltIn, opening, openSample, ownModel } from "../../store/session.ts";
import { lookWords } from "../../strings/look.ts";

export function ModelPicker() {
  const names = catalogueWords().models;
  const own = ownModel.value;
  const options = modelNames.map((name) => [name, names[name]] as const);
  const chosen =
    opening.value ?? own ?? (isModelName(param("model")) ? param("model") : undefined) ?? "efficientnet-lite0";
  return (
    <Pick
      label={lookWords().model}
      options={own === undefined ? options : [[own, own], ...options]}
      value={chosen}
      onChange={(name) => {
        if (isModelName(name)) void openBuiltIn(name);
      }}
    />
  );
}

export function PicturePicker() {
  const names = catalogueWords().samples;
  const current = explained.value?.picture.name;
  const options = (Object.keys(samples) as (keyof typeof samples)[]).map((name) => [name, names[name]] as const);
  const isOwn = current !== undefined && !isSampleName(current);
  return (
    <Pick<string>
      label={lookWords().picture}
      options={isOwn ? [[current, current], ...options] : options}
      value={current ?? ""}
      onChange={(name) => {
        if (isSampleName(name)) void openSample(name);
      }}
    />
  );
}

/** Files of the reader's own: pictures and networks alike. */
export function ChooseFiles() {
  const words = lookWords();
  const input = useRef<HTMLInputElement>(null);
  return (
    <p class="own soft">
      {words.own}{" "}
      <button type="button" onClick={() => input.current?.click()}>
        {words.choose}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          const { files } = event.currentTarget;
          void openAnything([...(files ?? [])]);
          event.currentTarget.value = ""; // so that the same file can be chosen again
        }}
      />
    </p>
  );
}
