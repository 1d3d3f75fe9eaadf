/** One or two letters: of the first two parts of a name, else its first two. */
export function initialsOf(name: string): string {
  const [first = "", second = ""] = name.split(/[-\s]+/).filter((part) => part !== "");
  const letters = second === "" ? [...first].slice(0, 2) : [[...first][0], [...second][0]];
  const text = letters.join("");
  return text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();
}
