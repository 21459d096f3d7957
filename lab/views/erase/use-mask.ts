import { useEffect, useMemo, useState } from "preact/hooks";
import { numberParam, param, setParams } from "../../store/link.ts";
import { formatMask, type Mask, parseMask, withDab } from "./mask.ts";

/** In cells across. */
export const usualBrush = 3;

/** The brush of the address. */
export function brushSize(): number {
  return Math.max(1, numberParam("brush") ?? usualBrush);
}

/** What is erased: as it is painted, and as it was when the pointer was last let go, which is what the address says and the
 * network is asked. */
export function useMask() {
  const text = param("erased");
  const asked = useMemo(() => parseMask(text), [text]);
  const [stroke, setStroke] = useState<Mask>();
  const [earlier, setEarlier] = useState<readonly (string | undefined)[]>([]);
  // a link names another mask than the one that is being painted
  useEffect(() => setStroke(undefined), [text]);
  const painted = stroke ?? asked;
  const undo = () => {
    setEarlier(earlier.slice(0, -1));
    setParams({ erased: earlier.at(-1) });
  };
  return {
    asked,
    painted,
    dab: (at: { readonly x: number; readonly y: number }) =>
      setStroke((now) => withDab(now ?? asked, at, brushSize() / 2)),
    /** Ends a stroke, or does something else to the mask. */
    change: (make: (now: Mask) => Mask) => {
      const next = formatMask(make(painted));
      setStroke(undefined);
      if (next === text) return;
      setEarlier([...earlier, text]);
      setParams({ erased: next });
    },
    undo: earlier.length > 0 ? undo : undefined,
  };
}
