// Runs in a worker of the browser's: the only place where a Blob is read range by range.
import { blobSource } from "../../weights/blob-source.ts";
import { openKerasH5 } from "../../weights/keras-h5.ts";

self.onmessage = async ({ data }: MessageEvent<File>) => {
  const source = await blobSource(data);
  const file = await openKerasH5(source);
  const weights = file.layers.flatMap((layer) => layer.weights.map(({ name, read }) => ({ name, values: read() })));
  const pastEnd = messageOf(() => source.read(source.size - 2, 4));
  const across = [...source.read(70_000, 100_000)];
  file.close();
  postMessage({ name: source.name, weights, pastEnd, across, closed: messageOf(() => source.read(0, 1)) });
};

function messageOf(body: () => unknown): string {
  try {
    body();
    return "no error";
  } catch (error) {
    return String(error);
  }
}
