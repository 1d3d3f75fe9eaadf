/** Draws `count` different items, or all if there are fewer. The same random numbers give the same items in the same order. */
export function drawSome<T>(all: readonly T[], count: number, random: () => number): T[] {
  const rest = [...all];
  const size = Math.min(count, rest.length);
  return Array.from({ length: size }, () => rest.splice(Math.floor(random() * rest.length), 1)[0] as T);
}
