/** Number of distinct colours; `styles/identity.css` has a class for each. */
export const hueCount = 8;

/** Colour of each name, 0 to `hueCount - 1`: derived from its letters, or the next free one if an earlier name has that. */
export function huesOf(names: readonly string[]): ReadonlyMap<string, number> {
  const hues = new Map<string, number>();
  const taken = new Set<number>();
  for (const name of names) {
    if (taken.size === hueCount) taken.clear();
    let hue = hueOf(name);
    while (taken.has(hue)) hue = (hue + 1) % hueCount;
    taken.add(hue);
    hues.set(name, hue);
  }
  return hues;
}

/** The colour of a single name (FNV-1a of its letters). */
export function hueOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) % hueCount;
}
