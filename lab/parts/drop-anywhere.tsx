import { useEffect, useState } from "preact/hooks";
import { openAnything } from "../store/open-anything.ts";
import { sessionWords } from "../strings/session.ts";

/** Takes files that are dropped anywhere on the page, and says so while they hover over it. */
export function DropAnywhere() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const onDragOver = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault(); // else the browser would leave the page to show the file
      setOver(true);
    };
    const onDragLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      void openAnything([...event.dataTransfer.files]);
    };
    addEventListener("dragover", onDragOver, { signal });
    addEventListener("dragleave", onDragLeave, { signal });
    addEventListener("drop", onDrop, { signal });
    return () => stop.abort();
  }, []);
  return over ? <p class="drop-here">{sessionWords().dropHere}</p> : null;
}
