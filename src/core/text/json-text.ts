/** JSON a person wrote: its value, or the line (from 1) where it stops being JSON, and why. */
export function parseJsonText(text: string): { value: unknown } | { line: number; reason: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : "not JSON";
    const position = Number(/position (\d+)/.exec(reason)?.[1] ?? text.length);
    return { line: text.slice(0, position).split("\n").length, reason };
  }
}
