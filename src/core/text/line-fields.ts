/**
 * The text in pieces of at most `maxChars` characters that are `text` again when they are joined with a line feed; at most `maxFields` of them. A piece neither begins
 * nor ends with an empty line where that can be avoided, because a form may trim what is in its field. Undefined where a line is too long or pieces are not enough.
 */
export function lineFields(
  text: string,
  { maxChars, maxFields }: { maxChars: number; maxFields: number },
): string[] | undefined {
  const fields: string[] = [];
  let rest = text;
  while (rest.length > maxChars) {
    const at = cutOf(rest, maxChars);
    if (at < 0 || fields.length + 2 > maxFields) return undefined;
    fields.push(rest.slice(0, at));
    rest = rest.slice(at + 1);
  }
  return [...fields, rest];
}

/** The last line feed between two lines with words, or the last one. */
function cutOf(text: string, maxChars: number): number {
  const last = text.lastIndexOf("\n", maxChars);
  for (let at = last; at > maxChars / 2; at = text.lastIndexOf("\n", at - 1)) {
    if (/\S/.test(text[at - 1] ?? "") && /\S/.test(text[at + 1] ?? "")) return at;
  }
  return last;
}
