/**
 * Letters and digits as strokes, in a box 6 high: `x,y` is a point of a line, `(cx,cy,rx,ry,from,to)` an arc of an ellipse in degrees,
 * clockwise from the right, and `|` lifts the pen.
 */
const strokes: Readonly<Record<string, string>> = {
  A: "0,6 2.1,0 4.2,6 | 0.8,4 3.4,4",
  B: "2.2,3 0,3 0,0 2.2,0 (2.2,1.5,1.5,1.5,-90,90) 2.4,3 (2.4,4.5,1.6,1.5,-90,90) 0,6 0,3",
  C: "(2.3,3,2.3,3,-50,-310)",
  D: "0,0 1.5,0 (1.5,3,2.6,3,-90,90) 0,6 0,0",
  E: "3.4,0 0,0 0,6 3.4,6 | 0,3 3,3",
  F: "3.4,0 0,0 0,6 | 0,3 3,3",
  G: "(2.3,3,2.3,3,-50,-350) 2.7,3.4",
  H: "0,0 0,6 | 4,0 4,6 | 0,3 4,3",
  I: "0,0 2,0 | 1,0 1,6 | 0,6 2,6",
  J: "3,0 3,4.3 (1.5,4.3,1.5,1.7,0,165)",
  K: "0,0 0,6 | 3.8,0 0,3.7 | 1.5,2.4 4,6",
  L: "0,0 0,6 3.4,6",
  M: "0,6 0,0 2.4,4.2 4.8,0 4.8,6",
  N: "0,6 0,0 4,6 4,0",
  O: "(2.4,3,2.4,3,0,360)",
  P: "0,6 0,0 2.2,0 (2.2,1.7,1.7,1.7,-90,90) 0,3.4",
  Q: "(2.4,3,2.4,3,0,360) | 2.9,4.2 4.7,6.4",
  R: "0,6 0,0 2.2,0 (2.2,1.7,1.7,1.7,-90,90) 0,3.4 | 1.9,3.4 3.9,6",
  S: "(1.9,1.5,1.7,1.5,-35,-270) (1.9,4.5,1.8,1.5,-90,150)",
  T: "0,0 4,0 | 2,0 2,6",
  U: "0,0 0,4 (2,4,2,2,180,0) 4,0",
  V: "0,0 2.1,6 4.2,0",
  W: "0,0 1.4,6 2.8,1.2 4.2,6 5.6,0",
  X: "0,0 4,6 | 4,0 0,6",
  Y: "0,0 2,3.1 4,0 | 2,3.1 2,6",
  Z: "0,0 3.9,0 0,6 3.9,6",
  "0": "(1.8,3,1.8,3,0,360) | 1.2,4.2 2.4,1.8",
  "1": "0,1.3 1.6,0 1.6,6",
  "2": "(1.8,1.8,1.8,1.8,-165,35) 0,6 3.8,6",
  "3": "(1.7,1.5,1.6,1.5,-150,90) (1.7,4.5,1.9,1.5,-90,150)",
  "4": "3,6 3,0 0,4.2 4.1,4.2",
  "5": "3.3,0 0.5,0 0.3,2.8 (1.7,4.1,1.9,1.9,-140,150)",
  "6": "2.9,0 0.3,3.3 | (1.9,4.1,1.9,1.9,0,360)",
  "7": "0,0 3.8,0 1.4,6",
  "8": "(1.9,1.5,1.5,1.5,0,360) | (1.9,4.5,1.8,1.5,0,360)",
  "9": "(1.9,1.9,1.9,1.9,0,360) | 3.5,2.7 1.1,6",
};

/** Height of the box of a glyph. */
export const glyphHeight = 6;

/** A point, in the units of a glyph's box. */
export type Point = readonly [x: number, y: number];

/** Lines through points, and the width of the whole glyph. */
export interface Glyph {
  lines: readonly (readonly Point[])[];
  width: number;
}

const arcStepDegrees = 15;

/** The strokes of one of `A-Z0-9`; nothing for any other character. */
export function glyphOf(char: string): Glyph {
  const lines = (strokes[char] ?? "").split("|").map((stroke) => stroke.trim().split(" ").flatMap(pointsOf));
  const width = Math.max(0, ...lines.flatMap((line) => line.map(([x]) => x)));
  return { lines, width };
}

function pointsOf(token: string): Point[] {
  const numbers = token.replace(/[()]/g, "").split(",").map(Number);
  const [a = 0, b = 0, rx = 0, ry = 0, from = 0, to = 0] = numbers;
  if (token === "") return [];
  if (numbers.length === 2) return [[a, b]];
  const count = Math.ceil(Math.abs(to - from) / arcStepDegrees);
  return Array.from({ length: count + 1 }, (_, step) => {
    const angle = ((from + ((to - from) * step) / count) * Math.PI) / 180;
    return [a + rx * Math.cos(angle), b + ry * Math.sin(angle)];
  });
}
