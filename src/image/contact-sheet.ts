import { ShapeError } from "../errors.ts";
import { checkImage } from "./check.ts";
import { glyphAdvance, glyphHeight, glyphRows } from "./font.ts";
import { paste, solid } from "./render.ts";
import type { Image, Rgb } from "./types.ts";

/** Letters are drawn at twice the font's size: 12 pixels from one to the next, 16 high. */
const textScale = 2;
const advance = glyphAdvance * textScale;
const lineHeight = (glyphHeight + 2) * textScale;
const ink: Rgb = [20, 20, 20];
const paper: Rgb = [255, 255, 255];
const barColour: Rgb = [32, 40, 64];

/** One picture of a contact sheet. */
export interface ContactSheetItem {
  readonly image: Image;
  /** Printed under the picture, in as many lines as it needs; a line break starts a new line. */
  readonly label: string;
}

/** How a contact sheet is laid out. */
export interface ContactSheetOptions {
  /** Pictures in a row; 4, or fewer if there are fewer pictures, if not given. */
  readonly columns?: number;
  /** Pixels around each picture; 8 if not given. */
  readonly gap?: number;
  /** Printed in a bar along the top. */
  readonly title?: string;
}

/** Lays pictures out in a grid with labels, row by row.
 * @throws ShapeError if there are no items or columns is not a whole number of at least 1 */
export function contactSheet(items: readonly ContactSheetItem[], options: ContactSheetOptions = {}): Image {
  const { columns = Math.min(4, items.length), gap = 8, title } = options;
  if (items.length === 0) throw new ShapeError("contactSheet: got no items; it needs at least one.");
  if (!Number.isInteger(columns) || columns < 1) {
    throw new ShapeError(`contactSheet: columns is ${columns}, but it must be a whole number of at least 1.`);
  }
  for (const { image } of items) checkImage("contactSheet", image);
  const cellWidth = Math.max(...items.map(({ image }) => image.width), widestWord(items.map(({ label }) => label)));
  const labelled = items.map(({ image, label }) => ({ image, lines: wrapText(label, cellWidth) }));
  const rows = rowsOf(labelled, columns);
  const width = gap + Math.min(columns, items.length) * (cellWidth + gap);
  const titleLines = title === undefined ? [] : wrapText(title, width - 2 * gap);
  const barHeight = titleLines.length === 0 ? 0 : titleLines.length * lineHeight + gap;
  const height = rows.reduce((sum, row) => sum + rowHeight(row) + gap, barHeight + gap);
  const sheet = solid({ width, height }, paper);
  if (barHeight > 0) {
    paste(sheet, solid({ width, height: barHeight }, barColour), { x: 0, y: 0 });
    drawLines(sheet, titleLines, { x: gap, y: Math.ceil(gap / 2), color: paper });
  }
  let y = barHeight + gap;
  for (const row of rows) {
    const textTop = y + Math.max(...row.map(({ image }) => image.height)) + 4;
    for (const [column, { image, lines }] of row.entries()) {
      const x = gap + column * (cellWidth + gap);
      paste(sheet, image, { x, y });
      drawLines(sheet, lines, { x, y: textTop, color: ink });
    }
    y += rowHeight(row) + gap;
  }
  return sheet;
}

/** Pixels that the longest word takes, of at least 8 and at most 20 letters; longer ones are broken. */
function widestWord(labels: readonly string[]): number {
  const longest = Math.max(8, ...labels.flatMap((label) => label.split(/\s+/)).map((word) => word.length));
  return Math.min(20, longest) * advance;
}

interface Labelled {
  readonly image: Image;
  readonly lines: readonly string[];
}

function rowsOf(items: readonly Labelled[], columns: number): Labelled[][] {
  const count = Math.ceil(items.length / columns);
  return Array.from({ length: count }, (_, i) => items.slice(i * columns, (i + 1) * columns));
}

function rowHeight(row: readonly Labelled[]): number {
  const lines = Math.max(...row.map((item) => item.lines.length));
  return Math.max(...row.map(({ image }) => image.height)) + 4 + lines * lineHeight;
}

/** Breaks a text at spaces into lines that fit `width` pixels; a longer word is broken where the line ends. */
export function wrapText(text: string, width: number): string[] {
  const limit = Math.max(1, Math.floor(width / advance));
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(" ").flatMap((word) => piecesOf(word, limit))) {
      const longer = line === "" ? word : `${line} ${word}`;
      if (longer.length <= limit) line = longer;
      else {
        lines.push(line);
        line = word;
      }
    }
    return [...lines, line];
  });
}

function piecesOf(word: string, limit: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < word.length; at += limit) pieces.push(word.slice(at, at + limit));
  return pieces;
}

/** Writes printable ASCII in place at twice the font's size, 12 pixels from one character to the next and 16 high; other
 * characters become "?", what lies outside the picture is cut off.
 * @throws ShapeError if the picture does not have 3 channels */
export function drawText(
  canvas: Image,
  text: string,
  at: { readonly x: number; readonly y: number; readonly color: Rgb },
): void {
  if (canvas.channels !== 3)
    throw new ShapeError(`drawText: the picture has ${canvas.channels} channels, but 3 are wanted. Draw on RGB.`);
  for (const [i, character] of [...text].entries()) {
    for (const [row, bits] of glyphRows(character).entries()) {
      for (const [column, bit] of [...bits].entries()) {
        if (bit !== "#") continue;
        fillSquare(canvas, at.x + i * advance + column * textScale, { y: at.y + row * textScale, color: at.color });
      }
    }
  }
}

function fillSquare(canvas: Image, x: number, { y, color }: { y: number; color: Rgb }): void {
  for (let dy = 0; dy < textScale; dy++) {
    for (let dx = 0; dx < textScale; dx++) {
      const [column, row] = [x + dx, y + dy];
      if (column < 0 || row < 0 || column >= canvas.width || row >= canvas.height) continue;
      canvas.data.set(color, (row * canvas.width + column) * 3);
    }
  }
}

function drawLines(
  canvas: Image,
  lines: readonly string[],
  at: { readonly x: number; readonly y: number; readonly color: Rgb },
): void {
  for (const [i, line] of lines.entries()) drawText(canvas, line, { ...at, y: at.y + i * lineHeight });
}
