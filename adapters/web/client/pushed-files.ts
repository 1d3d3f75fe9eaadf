/** One file of a unified diff; `text`: its lines without the names, which stand in `path`. */
export interface PushedFile {
  path: string;
  text: string;
}

/** A unified diff as `git diff` writes it, cut into its files. Text before the first file is left out. */
export function filesOfDiff(diff: string): PushedFile[] {
  const parts = diff.split(/^(?=diff --git )/m).filter((part) => part.startsWith("diff --git "));
  return parts.map((part) => {
    const [heading = "", ...lines] = part.replace(/\n$/, "").split("\n");
    const first = lines.findIndex((line) => line.startsWith("@@"));
    const head = first < 0 ? lines : lines.slice(0, first);
    return { path: pathOf(heading, head), text: (first < 0 ? head : lines.slice(first)).join("\n") };
  });
}

/** The new name, or the old one of a file that is deleted. Git puts names with unusual characters in quotation marks. */
function pathOf(heading: string, head: readonly string[]): string {
  const named = (prefix: string) =>
    head
      .find((line) => line.startsWith(prefix))
      ?.slice(prefix.length)
      .replace(/\t$/, "");
  const [after, before] = [named("+++ "), named("--- ")];
  const name = after === undefined || after === "/dev/null" ? before : after;
  if (name !== undefined) return name.replace(/^("?)[ab]\//, "$1");
  const renamed = named("rename to ");
  return renamed ?? heading.replace(/^diff --git /, "").replace(/^a\/(.*) b\/\1$/, "$1");
}
