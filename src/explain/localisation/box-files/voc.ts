import type { BoxTable, LabelledBox } from "./box-file.ts";
import { checkedBox, numberOf, refuse } from "./refuse.ts";
import { readXml, type XmlElement } from "./xml.ts";

/** The boxes of one picture from its Pascal VOC annotation, which ImageNet's are too. VOC counts pixels from 1; here they
 * are counted from 0. Objects marked as difficult are kept, boxes of parts (head, hand) are not looked at. A picture
 * without objects has an empty list.
 * @throws BoxFileError with the line
 * @see   Everingham et al. 2010, and the development kit's section 4 */
export function readVocBoxes(text: string, name: string): BoxTable {
  const annotation = readXml(text, name);
  if (annotation.tag !== "annotation")
    throw refuse(
      { name, line: annotation.line },
      `a Pascal VOC file is an <annotation>, this one is a <${annotation.tag}>.`,
    );
  const image = textOf(annotation, "filename", name);
  const objects = annotation.children.filter(({ tag }) => tag === "object");
  return new Map([[image, objects.map((object) => labelled(object, name))]]);
}

function labelled(object: XmlElement, name: string): LabelledBox {
  const bounds = childOf(object, "bndbox", name);
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = ["xmin", "ymin", "xmax", "ymax"].map((tag) => {
    const { text, line } = childOf(bounds, tag, name);
    return numberOf({ name, line }, text, tag) - 1;
  });
  const corners = { x0: Math.floor(x0), y0: Math.floor(y0), x1: Math.ceil(x1), y1: Math.ceil(y1) };
  return { ...checkedBox({ name, line: bounds.line }, corners), class: textOf(object, "name", name) };
}

function childOf(element: XmlElement, tag: string, name: string): XmlElement {
  const child = element.children.find((one) => one.tag === tag);
  if (child) return child;
  throw refuse({ name, line: element.line }, `<${element.tag}> has no <${tag}>.`);
}

function textOf(element: XmlElement, tag: string, name: string): string {
  const { text, line } = childOf(element, tag, name);
  if (text !== "") return text;
  throw refuse({ name, line }, `<${tag}> is empty.`);
}
