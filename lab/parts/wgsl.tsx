import { useMemo } from "preact/hooks";
import { tokensOf } from "./wgsl-tokens.ts";

/** A shader's text with its words told apart. */
export function Wgsl({ source, label }: { readonly source: string; readonly label: string }) {
  const tokens = useMemo(() => tokensOf(source), [source]);
  return (
    <fieldset class="wgsl" aria-label={label} ref={scrolledByKeys}>
      <pre>
        <code>
          {tokens.map(({ kind, text }, i) =>
            kind === "plain" ? (
              text
            ) : (
              <span key={i} class={kind}>
                {text}
              </span>
            ),
          )}
        </code>
      </pre>
    </fieldset>
  );
}

/** What scrolls by itself must be reached by keys, though there is nothing in it to press. */
function scrolledByKeys(field: HTMLElement | null): void {
  if (field) field.tabIndex = 0;
}
