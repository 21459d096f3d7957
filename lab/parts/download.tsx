import { useState } from "preact/hooks";
import { report } from "../store/problem.ts";
import { downloadWords } from "../strings/parts.ts";

interface DownloadProps {
  readonly label: string;
  /** The file's name. */
  readonly name: string;
  readonly type: string;
  /** Makes the file when it is asked for. */
  readonly make: () => Promise<Uint8Array>;
}

/** A button that makes a file and hands it to the reader. */
export function Download({ label, name, type, make }: DownloadProps) {
  const [making, setMaking] = useState(false);
  const start = async () => {
    setMaking(true);
    try {
      // the label shows before the work begins, which may hold the page up
      await new Promise((done) => setTimeout(done, 30));
      handOver(new Blob([Uint8Array.from(await make())], { type }), name);
    } catch (error) {
      report(error);
    } finally {
      setMaking(false);
    }
  };
  return (
    <button type="button" class="download" disabled={making} onClick={() => void start()}>
      {making ? downloadWords().making : label}
    </button>
  );
}

function handOver(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // the browser has the file by then
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
