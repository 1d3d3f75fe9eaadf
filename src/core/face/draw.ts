import { type Colours, coloursAt, groundCount, type Rgb } from "./colours.js";
import type { Face } from "./face.js";
import { type Glyph, glyphHeight, glyphOf, type Point } from "./glyphs.js";

/** Width and height in pixels. Platforms show it at 36 to 80, on dense screens at twice that; some crop it to a circle. */
export const faceSize = 128;

/** A picture with at most 256 colours. */
export interface IndexedImage {
  width: number;
  height: number;
  palette: readonly Rgb[];
  /** Index into `palette` for each pixel, row by row. */
  pixels: Uint8Array;
}

/** Widest text in pixels, so that letters stay inside the circle. */
const maxTextWidth = 86;

/** How much of a pixel is covered, 0 to 1, pixel by pixel. */
type Coverage = Float32Array;

/** Steps between two colours along an edge. */
const shades = 8;
/** Shapes behind the initials. Once every combination of background and shape is used, pictures show their number as well. */
const shapes = [() => 0, ring, band] as const;
/** Faces that differ by colour and shape alone. */
export const plainFaces = groundCount * shapes.length;

/** Draws the picture of an agent. The same face always gives the same picture; different places give different ones. */
export function drawFace({ place, initials }: Face): IndexedImage {
  const colours = coloursAt(place % groundCount);
  const shape = shapes[Math.floor(place / groundCount) % shapes.length] ?? shapes[0];
  const isNumbered = place >= plainFaces;
  const ink: Coverage = new Float32Array(faceSize * faceSize);
  write(ink, initials, { middle: isNumbered ? 52 : 64, height: isNumbered ? 40 : 48, stroke: 9 });
  if (isNumbered) write(ink, String(place + 1), { middle: 96, height: 18, stroke: 4.5 });
  const pixels = Uint8Array.from(ink, (covered, at) => {
    const tone = shape((at % faceSize) + 0.5, Math.floor(at / faceSize) + 0.5);
    return step(tone) * shades + step(covered);
  });
  return { width: faceSize, height: faceSize, palette: paletteOf(colours), pixels };
}

const step = (share: number): number => Math.round(Math.min(1, Math.max(0, share)) * (shades - 1));

function paletteOf({ ground, tone, ink }: Colours): Rgb[] {
  return Array.from({ length: shades * shades }, (_, at) => {
    const below = mix(ground, tone, Math.floor(at / shades) / (shades - 1));
    return mix(below, ink, (at % shades) / (shades - 1));
  });
}

const mix = (from: Rgb, to: Rgb, share: number): Rgb => [
  Math.round(from[0] + (to[0] - from[0]) * share),
  Math.round(from[1] + (to[1] - from[1]) * share),
  Math.round(from[2] + (to[2] - from[2]) * share),
];

/** A ring that stays whole when the picture is cropped to a circle. */
function ring(x: number, y: number): number {
  const centre = faceSize / 2;
  return 5 - Math.abs(Math.hypot(x - centre, y - centre) - 55);
}

/** The lowest quarter. */
function band(_x: number, y: number): number {
  return y - 98;
}

/** Draws characters centred in the picture; `middle` and `height` in pixels. */
function write(ink: Coverage, text: string, at: { middle: number; height: number; stroke: number }): void {
  const glyphs = [...text].map(glyphOf);
  const gap = at.stroke * 1.7;
  const gaps = gap * (glyphs.length - 1);
  const units = glyphs.reduce((sum, glyph) => sum + glyph.width, 0);
  const scale = Math.min(at.height / glyphHeight, (maxTextWidth - gaps) / units);
  const width = units * scale + gaps;
  let left = (faceSize - width) / 2;
  for (const glyph of glyphs) {
    writeGlyph(ink, glyph, { left, top: at.middle - (scale * glyphHeight) / 2, scale, stroke: at.stroke });
    left += glyph.width * scale + gap;
  }
}

function writeGlyph(
  ink: Coverage,
  { lines }: Glyph,
  { left, top, scale, stroke }: { left: number; top: number; scale: number; stroke: number },
): void {
  const placed = ([x, y]: Point): Point => [left + x * scale, top + y * scale];
  for (const line of lines) {
    const points = line.map(placed);
    for (let at = 1; at < points.length; at += 1) {
      const [from, to] = [points[at - 1], points[at]];
      if (from && to) paintSegment(ink, { from, to, half: stroke / 2 });
    }
  }
}

/** Paints a line with round ends. Only looks at the pixels around it. */
function paintSegment(ink: Coverage, { from, to, half }: { from: Point; to: Point; half: number }): void {
  const reach = half + 1;
  const [left, right] = [Math.min(from[0], to[0]) - reach, Math.max(from[0], to[0]) + reach];
  const [top, bottom] = [Math.min(from[1], to[1]) - reach, Math.max(from[1], to[1]) + reach];
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(faceSize, bottom); y += 1) {
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(faceSize, right); x += 1) {
      const at = y * faceSize + x;
      const covered = half + 0.5 - distance([x + 0.5, y + 0.5], from, to);
      ink[at] = Math.max(ink[at] ?? 0, Math.min(1, covered));
    }
  }
}

/** The distance of a point from the segment between two others. */
function distance([x, y]: Point, [fromX, fromY]: Point, [toX, toY]: Point): number {
  const [alongX, alongY] = [toX - fromX, toY - fromY];
  const length = alongX * alongX + alongY * alongY;
  const share = length === 0 ? 0 : ((x - fromX) * alongX + (y - fromY) * alongY) / length;
  const kept = Math.min(1, Math.max(0, share));
  return Math.hypot(x - fromX - kept * alongX, y - fromY - kept * alongY);
}
