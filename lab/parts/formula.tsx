import { useEffect, useRef } from "preact/hooks";

/** A formula in TeX, set as MathML by KaTeX, which the browser draws and reads aloud; the text until it is loaded. */
export function Formula({ tex, block = false }: { readonly tex: string; readonly block?: boolean }) {
  const place = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    let wanted = true;
    void import("katex").then(({ default: katex }) => {
      if (wanted && place.current)
        katex.render(tex, place.current, { output: "mathml", displayMode: block, throwOnError: false });
    });
    return () => {
      wanted = false;
    };
  }, [tex, block]);
  return (
    <span ref={place} key={tex} class={block ? "formula block" : "formula"}>
      {tex}
    </span>
  );
}
