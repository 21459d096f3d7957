// Files of true boxes: what they mean, and that a wrong one says where it is wrong.
import { describe, expect, it } from "vitest";
import { BoxFileError } from "../../src/errors.ts";
import { readBoxes } from "../../src/explain/localisation/box-files/box-file.ts";

const read = (text: string, name: string) => Object.fromEntries(readBoxes(text, name));

describe("CSV", () => {
  it("has a header, quotes, any line end, and columns in any order", () => {
    const text = 'image,class,x0,y0,x1,y1\r\na.jpg,cat,1,2,3,4\n"b, ""2"".jpg",,0,0,9.5,9\n\na.jpg,285,5,5,5,5';
    expect(read(text, "boxes.csv")).toEqual({
      "a.jpg": [
        { class: "cat", x0: 1, y0: 2, x1: 3, y1: 4 },
        { class: "285", x0: 5, y0: 5, x1: 5, y1: 5 },
      ],
      'b, "2".jpg': [{ x0: 0, y0: 0, x1: 10, y1: 9 }],
    });
    expect(read("\uFEFFy1,x1,note,y0,x0,image\n4,3,n,2,1,a.png\n", "B.CSV")).toEqual({
      "a.png": [{ x0: 1, y0: 2, x1: 3, y1: 4 }],
    });
  });

  it.each([
    ["", "line 1: the file is empty"],
    ["image,x,y0,x1,y1\n", 'line 1: the header has no column "x0"'],
    ["image,x0,y0,x1,y1\na.jpg,1,2,3\n", "line 2: there are 4 fields, but the header names 5"],
    ["image,x0,y0,x1,y1\n\na.jpg,1,2,three,4\n", 'line 3: x1 is "three", which is no number'],
    ["image,x0,y0,x1,y1\na.jpg,1,2,,4\n", 'line 2: x1 is ""'],
    ["image,x0,y0,x1,y1\na.jpg,1,2,0x10,4\n", "line 2: x1"],
    ["image,x0,y0,x1,y1\na.jpg,9,2,3,4\n", "line 2: the box from (9, 2) to (3, 4) ends before it begins"],
    ["image,x0,y0,x1,y1\na.jpg,1,2,1e300,4\n", "is not in any picture"],
    ["image,x0,y0,x1,y1\n,1,2,3,4\n", "line 2: the picture's name is missing"],
    ['image,x0,y0,x1,y1\n"two\nlines",1,2,3,4\nb,1,2,3\n', "line 4: there are 4 fields"],
    ['image,x0,y0,x1,y1\n"a.jpg,1,2,3,4\n', "line 2: a quoted field does not end"],
    ['image,x0,y0,x1,y1\n"a"b,1,2,3,4\n', "line 2: there is text between"],
  ])("%j is refused", (text, why) => {
    expect(() => readBoxes(text, "b.csv")).toThrow(BoxFileError);
    expect(() => readBoxes(text, "b.csv")).toThrow(why);
    expect(() => readBoxes(text, "b.csv")).toThrow(/^b\.csv, line \d+: /);
  });
});

describe("COCO", () => {
  const parts = {
    images: '[{"id": 7, "file_name": "a.jpg", "width": 9}, {"id": 8, "file_name": "b.jpg"}]',
    categories: '[{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]',
    annotations: '[{"image_id": 7, "category_id": 2, "bbox": [10.5, 20, 30, 40.2], "iscrowd": 0}]',
  };
  const file = (changed: Partial<typeof parts>) =>
    `{\n"info": {"year": 2017},\n${Object.entries({ ...parts, ...changed })
      .map(([key, value]) => `"${key}": ${value}`)
      .join(",\n")}}`;

  it("has left, top, width and height in fractions of pixels", () => {
    expect(read(file({}), "c.json")).toEqual({ "a.jpg": [{ class: "dog", x0: 10, y0: 20, x1: 40, y1: 60 }] });
    const whole = '[{"image_id": 8, "category_id": 1, "bbox": [0, 1, 10, 1]}]';
    expect(read(file({ annotations: whole }), "c.json")).toEqual({
      "b.jpg": [{ class: "cat", x0: 0, y0: 1, x1: 9, y1: 1 }],
    });
  });

  it("leaves out crowds and keeps boxes without height, which COCO has", () => {
    const annotations = `[{"image_id": 7, "category_id": 1, "iscrowd": 1, "bbox": [1, 1, 5, 5]},
      {"image_id": 7, "category_id": 1, "bbox": [296.65, 388.33, 1.03, 0.0]}]`;
    expect(read(file({ annotations }), "c.json")).toEqual({
      "a.jpg": [{ class: "cat", x0: 296, y0: 388, x1: 297, y1: 388 }],
    });
  });

  it("takes names that are names of every object as names", () => {
    const images = '[{"id": "__proto__", "file_name": "__proto__"}, {"id": "constructor", "file_name": "toString"}]';
    const annotations = '[{"image_id": "__proto__", "category_id": 1, "bbox": [0, 0, 1, 1], "__proto__": {"x": 1}}]';
    const table = readBoxes(file({ images, annotations }), "c.json");
    expect([...table.keys()]).toEqual(["__proto__"]);
    const unknown = '[{"image_id": "valueOf", "category_id": 1, "bbox": [0, 0, 1, 1]}]';
    expect(() => readBoxes(file({ images, annotations: unknown }), "c.json")).toThrow('there is no image "valueOf"');
  });

  it.each([
    [file({}).slice(0, -3), "line 5: this is no JSON: the file ends"],
    ['{"images": [1,\n2,\n]}', 'line 3: this is no JSON: there is "]}" where a value is wanted'],
    ['{"images": tru}', "line 1: this is no JSON"],
    ['{"images": 01}', "line 1: this is no JSON"],
    ['{\n"images\n": []}', "line 2: this is no JSON: a text in quotes does not end on its line"],
    ["{} {}", "the end of the file is wanted"],
    ["[".repeat(100_000), "more than 32 levels deep"],
    ["[]", "line 1: a COCO file is an object"],
    ['{"images": []}', 'has a list "annotations"'],
    [file({ images: '[{"id": 7}]' }), 'line 3: "file_name" is missing'],
    [file({ images: '[{"id": null, "file_name": "a"}]' }), 'line 3: "id" is null'],
    [file({ annotations: "[\n1]" }), "annotations[0] is no object"],
    [file({ annotations: '[\n{"image_id": 9, "bbox": []}]' }), "line 6: there is no image 9"],
    [file({ annotations: '[\n{"image_id": 7, "category_id": 3}]' }), "line 6: there is no category 3"],
    [file({ annotations: '[\n{"image_id": 7, "category_id": 1}]' }), 'line 6: "bbox" is missing'],
    [file({ annotations: '[{"image_id": 7, "category_id": 1, "bbox": [1, 2, 3]}]' }), "line 5"],
    [file({ annotations: '[{"image_id": 7, "category_id": 1, "bbox": [1, 2, "3", 4]}]' }), "not four numbers"],
    [file({ annotations: '[{"image_id": 7, "category_id": 1, "bbox": [1, 2, -3, 4]}]' }), "which no box can be"],
    [
      file({ annotations: '[{"image_id": 7, "category_id": 1, "bbox": [1e308, 2, 1e308, 4]}]' }),
      "is not in any picture",
    ],
  ])("a wrong file is refused, %#", (text, why) => {
    expect(() => readBoxes(text, "c.json")).toThrow(BoxFileError);
    expect(() => readBoxes(text, "c.json")).toThrow(why);
    expect(() => readBoxes(text, "c.json")).toThrow(/^c\.json, line \d+: /);
  });
});

describe("Pascal VOC", () => {
  const object = (box: string, name = "cat") => `<object><name>${name}</name>
  <part><name>head</name><bndbox><xmin>0</xmin></bndbox></part>
  <bndbox>${box}</bndbox></object>`;
  const box = "<xmin>1</xmin><ymin>11</ymin><xmax>20</xmax><ymax>31.4</ymax>";
  const file = (objects: string) => `<?xml version="1.0"?>
<!-- a comment
-->
<annotation verified='yes'><filename>a &amp; b&#46;jpg</filename><size><width>9</width></size><source/>
${objects}
</annotation>
`;

  it("counts pixels from 1, here from 0", () => {
    expect(read(file(object(box) + object(box, "dog")), "v.xml")).toEqual({
      "a & b.jpg": [
        { class: "cat", x0: 0, y0: 10, x1: 19, y1: 31 },
        { class: "dog", x0: 0, y0: 10, x1: 19, y1: 31 },
      ],
    });
    expect(read(file(""), "v.xml")).toEqual({ "a & b.jpg": [] });
  });

  it.each([
    ["", "XML is one element"],
    ["<annotation>", "<annotation> of line 1 does not end"],
    ["<annotations></annotations>", "this one is a <annotations>"],
    ["<annotation>\n</annotatoin>", "line 2: </annotatoin> ends what <annotation> of line 1 began"],
    ["</annotation>", "line 1: </annotation> ends what"],
    ["<annotation></annotation><annotation/>", "XML is one element"],
    ["<annotation/> tail", "XML is one element"],
    ["<annotation><filename></filename></annotation>", "<filename> is empty"],
    ["<annotation></annotation>", "<annotation> has no <filename>"],
    ['<!DOCTYPE a [<!ENTITY b "c">]><annotation/>', "line 1: this is no XML that annotations have"],
    ["<annotation><![CDATA[x]]></annotation>", "this is no XML that annotations have"],
    [file("&lol;"), 'line 4: "&lol;" is no character that is known'],
    [file("R & D"), "is no character that is known"],
    ["<a>".repeat(50), "more than 32 levels deep"],
    [file("<object/>"), "line 5: <object> has no <bndbox>"],
    [file(object(box.replace("xmax", "xmix").replace("xmax", "xmix"))), "line 7: <bndbox> has no <xmax>"],
    [file(object(box.replace("20", "twenty"))), 'line 7: xmax is "twenty"'],
    [file(object(box.replace(">20<", ">-7<"))), "line 7: the box from (0, 10) to (-8, 31) ends before it begins"],
  ])("a wrong file is refused, %#", (text, why) => {
    expect(() => readBoxes(text, "v.xml")).toThrow(BoxFileError);
    expect(() => readBoxes(text, "v.xml")).toThrow(why);
    expect(() => readBoxes(text, "v.xml")).toThrow(/^v\.xml, line \d+: /);
  });
});

it("a file of another kind is refused", () => {
  expect(() => readBoxes("", "boxes.yaml")).toThrow("the name ends in none of these");
});
