// Tables as data sets.
import { describe, expect, it } from "vitest";
import { type CsvOptions, csvDataset } from "../../src/train/data/csv.ts";

const table = 'label,p0,p1\r\n1,0,51\n\n"0",102,255\n';

describe("csvDataset", () => {
  it("reads numbers and labels, in whichever column these are", () => {
    const data = csvDataset(table, { label: "label", divisor: 255, inputShape: [1, 2, 1] });
    expect([data.length, data.inputShape, data.classNames]).toEqual([2, [1, 2, 1], undefined]);
    expect([data.get(0), data.get(1)]).toEqual([
      { x: Float32Array.of(0, 0.2), y: 1 },
      { x: Float32Array.of(0.4, 1), y: 0 },
    ]);
    const last = csvDataset("a,b,kind\n-1,2.5e1,7\n", { label: "kind" });
    expect(last.get(0)).toEqual({ x: Float32Array.of(-1, 25), y: 7 });
    expect(last.inputShape).toEqual([2]);
  });

  it("makes classes of names, or takes them in the order given", () => {
    const text = "kind,a\npear,1\napple,2\npear,3\n";
    const own = csvDataset(text, { label: "kind" });
    expect([own.classNames, [0, 1, 2].map((i) => own.labels?.[i])]).toEqual([
      ["apple", "pear"],
      [1, 0, 1],
    ]);
    const given = csvDataset(text, { label: "kind", classNames: ["pear", "apple"] });
    expect([0, 1, 2].map((i) => given.labels?.[i])).toEqual([0, 1, 0]);
  });

  it.each<[string, string, Partial<CsvOptions>, string]>([
    ["an empty text", "", {}, "digits.csv has no rows beneath its header"],
    ["a missing column", "labels,a\n1,2\n", {}, 'line 1: the header has no column "label". Did you mean "labels"?'],
    ["a short row", "label,a,b\n1,2,3\n1,2\n", {}, "line 3: there are 2 fields, but the header names 3"],
    ["no number", "label,a\n1,2\n\n1,x2\n", {}, 'line 4: "x2" is no number'],
    ["an empty number", "label,a\n1,\n", {}, 'line 2: "" is no number'],
    [
      "another shape",
      "label,a\n1,2\n",
      { inputShape: [2] },
      "line 1: there are 1 columns of numbers, but inputShape has 2",
    ],
    [
      "an unknown name",
      "label,a\npera,2\n",
      { classNames: ["pear"] },
      'line 2: there is no class "pera". Did you mean "pear"?',
    ],
    [
      "a label beyond the classes",
      "label,a\n3,2\n",
      { classNames: ["x", "y"] },
      "line 2 has the label 3, but labels are 0 to 1",
    ],
    ["an open quotation", 'label,a\n"1,2\n', {}, "line 2: a quoted field does not end"],
  ])("refuses %s", (_, text, options, message) => {
    expect(() => csvDataset(text, { label: "label", name: "digits.csv", ...options })).toThrow(message);
  });
});
