/** Characters without a width of their own: marks that combine, joiners, variation selectors, skin tones. */
const widthless = /\p{Mn}|\p{Me}|[\u200b-\u200f\u2060]|[\ufe00-\ufe0f]|[\u{1f3fb}-\u{1f3ff}]/u;
/** Characters as wide as two in a fixed-width font (East Asian Width W and F, and emoji). */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;
const segments = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Columns that a line takes in a fixed-width font: letters 1, CJK and emoji 2, marks that combine 0. */
export function displayWidth(line: string): number {
  if (/^[\x20-\x7e]*$/.test(line)) return line.length;
  let width = 0;
  for (const { segment } of segments.segment(line)) width += widthOf(segment);
  return width;
}

/** A character of several code points is as wide as its widest part. */
function widthOf(segment: string): number {
  let width = 0;
  for (const char of segment) width = Math.max(width, widthless.test(char) ? 0 : wide.test(char) ? 2 : 1);
  return width;
}
