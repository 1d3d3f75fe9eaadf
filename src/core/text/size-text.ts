/** A size for people, in units of 1,024: `812 B`, `1.4 KB`, `12 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1_024, "KB"] : [bytes / 1_048_576, "MB"];
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} ${unit}`;
}
