// Batches: which examples, in which order, with which bits; made ahead, with errors and early ends where they belong.
import { describe, expect, it } from "vitest";
import { arrayDataset } from "../../src/train/data/arrays.ts";
import { type Batch, type BatchOptions, batchCount, batches } from "../../src/train/data/batches.ts";
import type { Dataset, Sample } from "../../src/train/data/dataset.ts";

const count = 10;
const data = arrayDataset(
  Float32Array.from({ length: 2 * count }, (_, i) => i),
  Array.from({ length: count }, (_, i) => i % 3),
  { inputShape: [1, 1, 2], classNames: ["a", "b", "c"] },
);

async function all(options: BatchOptions, from: Dataset = data): Promise<Batch[]> {
  const found: Batch[] = [];
  for await (const batch of batches(from, options)) found.push(batch);
  return found;
}

const indicesOf = (found: readonly Batch[]) => found.flatMap(({ indices }) => Array.from(indices));
const wait = (elapsedMs: number) => new Promise((resolve) => setTimeout(resolve, elapsedMs));

describe("batches", () => {
  it("hold the examples in order, and the last what is left", async () => {
    const found = await all({ size: 4 });
    expect(found.map(({ shape }) => shape)).toEqual([
      [4, 1, 1, 2],
      [4, 1, 1, 2],
      [2, 1, 1, 2],
    ]);
    expect(Array.from(found[1]?.x ?? [])).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
    expect(found[1]?.y).toEqual(Int32Array.of(1, 2, 0, 1));
    expect(indicesOf(found)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(indicesOf(await all({ size: 4, dropLast: true }))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([batchCount(data, { size: 4 }), batchCount(data, { size: 4, dropLast: true })]).toEqual([3, 2]);
  });

  it("stack vectors of targets", async () => {
    const targets = arrayDataset(new Float32Array(6), Float32Array.of(1, 0, 0, 1, 1, 1), { inputShape: [2] });
    const [batch] = await all({ size: 3 }, targets);
    expect(batch?.y).toEqual(Float32Array.of(1, 0, 0, 1, 1, 1));
  });

  it("come in an order of seed and epoch: every example once, whatever the size", async () => {
    const order = indicesOf(await all({ size: 4, shuffle: 7 }));
    expect(order.toSorted((a, b) => a - b)).toEqual(indicesOf(await all({ size: 4 })));
    expect(order).toEqual(indicesOf(await all({ size: 3, shuffle: "7", prefetch: 0 })));
    expect(order).not.toEqual(indicesOf(await all({ size: 4, shuffle: 8 })));
    expect(order).not.toEqual(indicesOf(await all({ size: 4, shuffle: 7, epoch: 1 })));
    expect(order).toEqual(ORDER_OF_SEED_7);
  });

  it("put every example in every place equally often", async () => {
    const places = new Array<number>(count).fill(0);
    const epochs = 600;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const [batch] = await all({ size: count, shuffle: 1, epoch, prefetch: 0 });
      const place = batch?.indices.indexOf(3) ?? -1;
      places[place] = (places[place] ?? 0) + 1;
    }
    // 60 expected, standard deviation 7.3
    expect(Math.min(...places)).toBeGreaterThan(30);
    expect(Math.max(...places)).toBeLessThan(90);
  });

  it("after skipped ones are the same, augmented numbers included", async () => {
    const augment = ({ x, y }: Sample, random: () => number): Sample => ({ x: x.map((v) => v + random()), y });
    const options = { size: 3, shuffle: 5, epoch: 2, augment };
    const whole = await all(options);
    expect(await all({ ...options, skip: 2 })).toEqual(whole.slice(2));
    expect(await all({ ...options, skip: 9 })).toEqual([]);
    const ofExample = (found: readonly Batch[], wanted: number) =>
      found.flatMap(({ x, indices }) =>
        Array.from(indices).flatMap((index, i) => (index === wanted ? [x[2 * i]] : [])),
      );
    const [first] = ofExample(whole, 4);
    expect(first).not.toBe(8);
    expect(ofExample(await all({ ...options, size: 10 }), 4)).toEqual([first]);
    expect(ofExample(await all({ ...options, epoch: 3 }), 4)).not.toEqual([first]);
    expect(data.get(4)).toEqual({ x: Float32Array.of(8, 9), y: 1 });
  });

  it("refuse what makes no sense", async () => {
    expect(() => batches(data, { size: 0 })).toThrow(
      "batches: size is 0, but it must be a whole number of at least 1.",
    );
    expect(() => batches(data, { size: 2, prefetch: -1 })).toThrow("prefetch is -1");
    expect(() => batches(data, { size: 2, skip: 0.5 })).toThrow("skip is 0.5");
    expect(() => batches({ ...data, length: 0 }, { size: 2 })).toThrow("the data set is empty");
    const long: Dataset = { ...data, get: () => ({ x: new Float32Array(3), y: 0 }) };
    await expect(all({ size: 2 }, long)).rejects.toThrow("example 0 has 3 numbers, but inputShape [1, 1, 2] has 2.");
    const label: Dataset = { ...data, get: (i) => ({ x: new Float32Array(2), y: i }) };
    await expect(all({ size: 2 }, label)).rejects.toThrow("example 3 has the label 3, but labels are 0 to 2");
    const mixed: Dataset = { ...data, get: (i) => ({ x: new Float32Array(2), y: i % 2 ? Float32Array.of(1) : 0 }) };
    await expect(all({ size: 2 }, mixed)).rejects.toThrow("example 1 has another kind or number of targets");
  });
});

describe("prefetch", () => {
  /** Notes which examples were asked for. */
  function watched(get: Dataset["get"] = (index) => data.get(index)): { asked: number[]; source: Dataset } {
    const asked: number[] = [];
    const source: Dataset = {
      ...data,
      get(index) {
        asked.push(index);
        return get(index);
      },
    };
    return { asked, source };
  }

  it("makes batches while the consumer waits, as many as it may", async () => {
    const { asked, source } = watched();
    const taken = batches(source, { size: 1, prefetch: 2 });
    expect(asked).toEqual([]);
    await taken.next();
    expect(asked).toEqual([0]);
    await wait(60);
    expect(asked).toEqual([0, 1, 2]);
    await taken.next();
    await wait(60);
    expect(asked).toEqual([0, 1, 2, 3]);
    await taken.return(undefined);
    await wait(30);
    expect(asked).toEqual([0, 1, 2, 3]);
  });

  it("makes none ahead when told so", async () => {
    const { asked, source } = watched();
    for await (const _ of batches(source, { size: 1, prefetch: 0 })) {
      await wait(5);
      if (asked.length === 3) break;
    }
    expect(asked).toEqual([0, 1, 2]);
  });

  it("an example that cannot be read throws where its batch is taken, not before", async () => {
    const { source } = watched(async (index) => {
      if (index === 2) throw new Error("unreadable");
      return data.get(index);
    });
    const taken = batches(source, { size: 1, prefetch: 4 });
    for (let i = 0; i < 2; i++) expect((await taken.next()).value?.indices).toEqual(Int32Array.of(i));
    await wait(30);
    await expect(taken.next()).rejects.toThrow("unreadable");
    expect(await taken.next()).toEqual({ done: true, value: undefined });
  });

  it("a consumer that breaks off waits for what was begun", async () => {
    let running = 0;
    const { asked, source } = watched(async (index) => {
      running++;
      await wait(20);
      running--;
      return data.get(index);
    });
    for await (const _ of batches(source, { size: 2, prefetch: 3 })) {
      await wait(10);
      expect(running).toBe(2);
      break;
    }
    expect(running).toBe(0);
    expect(asked).toEqual([0, 1, 2, 3]);
  });
});

/** Part of what users repeat. */
const ORDER_OF_SEED_7 = [6, 9, 1, 4, 7, 3, 2, 0, 8, 5];
