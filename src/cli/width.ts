/** Blocks whose characters fill two columns (East Asian wide and full width), as first and last code point. */
const wideBlocks: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18aff],
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3fffd],
];
const emoji = /\p{Emoji_Presentation}/u;
const mark = /[\p{Mn}\p{Me}]/u;
const emojiSelector = 0xfe0f;

/** Columns one character fills in a terminal. An emoji selector counts 1: it makes the sign before it twice as wide. */
export function charWidth(char: string): number {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (code === emojiSelector) return 1;
  if (mark.test(char)) return 0;
  return emoji.test(char) || wideBlocks.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/** Columns a text without line feeds fills. */
export function textWidth(text: string): number {
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width;
}

/** The longest beginning of `text` that fits, with `ellipsis` where something was left out. */
export function cutToWidth(text: string, { width, ellipsis }: { width: number; ellipsis: string }): string {
  let used = 0;
  let kept = "";
  const room = width - textWidth(ellipsis);
  let fits = "";
  for (const char of text) {
    used += charWidth(char);
    if (used > width) return room >= 0 ? fits + ellipsis : "";
    kept += char;
    if (used <= room) fits = kept;
  }
  return kept;
}
