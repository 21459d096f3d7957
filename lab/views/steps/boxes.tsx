import { useMemo } from "preact/hooks";
import { type Box, boxesOf, drawBox, type FloatMap, type Image, iou, type Rgb } from "../../../src/index.ts";
import { Slider, Toggle } from "../../parts/controls.tsx";
import { short } from "../../parts/numbers.ts";
import { numberParam, param, setParams } from "../../store/link.ts";
import { stepsWords } from "../../strings/steps.ts";
import { DrawnBox } from "./drawn-box.tsx";
import { boxText, Corners, ownBox } from "./own-box.tsx";

/** In per cent, as in the CAM paper. */
const usualThreshold = 20;
/** Most regions that are listed. */
const mostRegions = 5;
const white: Rgb = [255, 255, 255];
const dark: Rgb = [20, 20, 20];
const orange: Rgb = [255, 128, 0];

interface BoxesProps {
  /** Values 0..1 at the picture's size. */
  readonly heat: FloatMap;
  /** The map over its picture. */
  readonly over: Image;
}

/** The map's regions as boxes, the reader's own box, and how far they agree. */
export function Boxes({ heat, over }: BoxesProps) {
  const words = stepsWords();
  const threshold = Math.min(99, numberParam("threshold") ?? usualThreshold);
  const all = param("regions") === "all";
  const regions = useMemo(() => boxesOf(heat, { threshold: threshold / 100, all }), [heat, threshold, all]);
  const own = ownBox(over);
  const image = useMemo(() => withBoxes(over, regions, own), [over, regions, boxText(own)]);
  const onBox = (box: Box) => setParams({ box: boxText(box) });
  return (
    <div class="boxes">
      <DrawnBox image={image} label={words.picture} onBox={onBox} />
      <div>
        <Slider
          label={words.threshold}
          value={threshold}
          min={0}
          max={99}
          show={`${threshold} %`}
          onInput={(value) => setParams({ threshold: value })}
        />
        <Toggle label={words.all} checked={all} onChange={(on) => setParams({ regions: on ? "all" : undefined })} />
        <BoxTable regions={regions} own={own} />
        <Corners box={own} size={over} onBox={onBox} />
        <p>
          {words.iou}: <strong class="iou number">{regions[0] ? short(iou(own, regions[0])) : "0"}</strong>
        </p>
      </div>
    </div>
  );
}

function withBoxes(image: Image, regions: readonly Box[], own: Box): Image {
  const thickness = Math.max(1, Math.round(image.width / 140));
  // dark on the inside, so that the frame shows on light ground too
  const framed = (on: Image, box: Box, color: Rgb) =>
    drawBox(drawBox(on, box, dark, { thickness: 2 * thickness }), box, color, { thickness });
  return framed(
    regions.slice(0, mostRegions).reduce((on, box) => framed(on, box, white), image),
    own,
    orange,
  );
}

function BoxTable({ regions, own }: { readonly regions: readonly Box[]; readonly own: Box }) {
  const words = stepsWords();
  const { x0, y0, x1, y1 } = words.corners;
  if (regions.length === 0) return <p class="soft">{words.noBox}</p>;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <td />
            {[x0, y0, x1, y1, words.size].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {regions.slice(0, mostRegions).map((box, i) => (
            <BoxRow key={boxText(box)} name={words.mapBox(i + 1)} box={box} />
          ))}
          <BoxRow name={words.ownBox} box={own} />
        </tbody>
      </table>
    </div>
  );
}

function BoxRow({ name, box }: { readonly name: string; readonly box: Box }) {
  const { x0, y0, x1, y1 } = box;
  return (
    <tr>
      <th scope="row">{name}</th>
      {Object.entries({ x0, y0, x1, y1 }).map(([corner, value]) => (
        <td key={corner} class="number">
          {value}
        </td>
      ))}
      <td class="number">
        {x1 - x0 + 1} × {y1 - y0 + 1}
      </td>
    </tr>
  );
}
