// MaxBoxAcc and the contours under it, against OpenCV (tools/golden/localisation.py).
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { contoursOf } from "../../src/explain/localisation/contours.ts";
import { MaxBoxAcc, type TauRanges } from "../../src/explain/localisation/max-box-acc.ts";
import { float32FromBase64 } from "../support/base64.ts";

interface Golden {
  readonly samples: readonly {
    readonly map: string;
    readonly shape: readonly [height: number, width: number];
    readonly size: readonly [width: number, height: number];
    readonly boxes: readonly (readonly [number, number, number, number])[];
    readonly right: TauRanges;
  }[];
  readonly maxBoxAcc: number;
  readonly maxBoxAccV2: number;
  readonly pictures: readonly {
    readonly width: number;
    readonly pixels: string;
    readonly contours: readonly (readonly number[])[];
  }[];
}

const golden = JSON.parse(readFileSync(new URL("./explain/localisation.json", import.meta.url), "utf8")) as Golden;

const samples = golden.samples.map(({ map, shape: [height, width], size, boxes, right }) => ({
  sample: {
    map: { width, height, data: float32FromBase64(map) },
    size: { width: size[0], height: size[1] },
    boxes: boxes.map(([x0, y0, x1, y1]) => ({ x0, y0, x1, y1 })),
  },
  right,
}));

describe("MaxBoxAcc of 200 random maps", () => {
  const metric = new MaxBoxAcc();
  const [odd, even] = [new MaxBoxAcc(), new MaxBoxAcc()];

  it("finds each map right at the same thresholds as OpenCV", () => {
    const wrong = samples.flatMap(({ sample, right }, i) => {
      const ranges = metric.update(sample);
      (i % 2 === 0 ? even : odd).add(ranges);
      return JSON.stringify(ranges) === JSON.stringify(right) ? [] : [{ i, ranges, right }];
    });
    expect(wrong).toEqual([]);
  });

  it("sums up to the same accuracies", () => {
    const { count, maxBoxAcc, maxBoxAccV2, curves } = metric.summary();
    expect(count).toBe(200);
    expect(maxBoxAcc).toBeCloseTo(golden.maxBoxAcc, 12);
    expect(maxBoxAccV2).toBeCloseTo(golden.maxBoxAccV2, 12);
    expect(golden.maxBoxAcc).toBeGreaterThan(0.3);
    for (const { accuracy, best, tau } of curves) expect(accuracy[Math.round(tau * 1000)]).toBe(best);
  });

  it("does not mind how the set was cut into parts", () => {
    const merged = new MaxBoxAcc();
    for (const part of [odd, even]) merged.merge(JSON.parse(JSON.stringify(part.state)));
    expect(merged.summary()).toEqual(metric.summary());
  });
});

it("contours of 60 noisy pictures are those of OpenCV, holes included", () => {
  const byNumbers = (a: readonly number[], b: readonly number[]) =>
    a.reduce((order, value, i) => order || value - (b[i] ?? 0), 0);
  for (const { width, pixels, contours } of golden.pictures) {
    const inside = Uint8Array.from(pixels, (digit) => Number(digit));
    const found = contoursOf(inside, width);
    const facts = found.map(({ x0, y0, x1, y1, area, hole }) => [x0, y0, x1, y1, area, Number(hole)]);
    expect(facts.sort(byNumbers), pixels).toEqual([...contours].sort(byNumbers));
  }
});
