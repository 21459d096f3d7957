// What a data set's labels are to the model, from a file; a wrong one says where it is wrong.
import { expect, it } from "vitest";
import { BoxFileError } from "../../src/errors.ts";
import { readClassMap } from "../../src/explain/localisation/box-files/class-map.ts";

const read = (text: string, name: string) =>
  [...readClassMap(text, name)].map(([label, { class: wanted, place }]) => [label, wanted, place.line]);

it("CSV has a header and columns in any order", () => {
  expect(read('\uFEFFclass,note,label\r\n281,x,tabby\n\n"espresso, hot",,"a ""cup"""', "a.csv")).toEqual([
    ["tabby", "281", 2],
    ['a "cup"', "espresso, hot", 4],
  ]);
});

it("JSON has names, indices, and WordNet's numbers", () => {
  expect(read('{"tabby": 281,\n"cup":\n"espresso", "fish": "n01440764"}', "A.JSON")).toEqual([
    ["tabby", "281", 1],
    ["cup", "espresso", 2],
    ["fish", "n01440764", 3],
  ]);
});

it.each([
  ["a.csv", "", "line 1: the file is empty. Its first line must be label,class"],
  ["a.csv", "labels,class\n", 'line 1: the header has no column "label"; "labels" is there'],
  ["a.csv", "label,class\ntabby,281\ncup\n", "line 3: there are 1 fields"],
  ["a.csv", "label,class\ntabby,\n", "line 2: the class is missing"],
  ["a.csv", "label,class\n,281\n", "line 2: the label is missing"],
  ["a.csv", "label,class\ncup,1\ntabby,281\ncup,2\n", 'line 4: the label "cup" is on line 2 already'],
  ["a.json", "[]", "line 1: the classes are an object"],
  ["a.json", '{\n"tabby": 2.5}', 'line 2: the class of "tabby" is neither a name nor an index'],
  ["a.json", '{"cup": 1,\n"tabby": [281]}', 'line 2: the class of "tabby" is neither a name nor an index'],
  ["a.json", '{"tabby": " "}', "line 1: the class of"],
  ["a.json", '{"cup": 1,\n"cup": 2}', 'line 2: the name "cup" is there twice'],
  ["a.json", '{"cup": 1,\n', "line 2: this is no JSON"],
])("%s: %j is refused", (name, text, why) => {
  expect(() => readClassMap(text, name)).toThrow(BoxFileError);
  expect(() => readClassMap(text, name)).toThrow(`${name}, ${why}`);
});

it("another ending is refused", () => {
  expect(() => readClassMap("{}", "classes.txt")).toThrow("classes.txt: classes are read from .json or .csv");
});
