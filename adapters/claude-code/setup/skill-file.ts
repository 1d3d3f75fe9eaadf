import { findFrontMatter } from "../../../src/core/roles/front-matter.js";

/**
 * The text of a repository's `SKILL.md` as agents may use it: of its front matter the name, which is that of its folder, and the description. Other
 * fields could run commands or let tools run without asking, so they are left out and listed. Undefined if it has no description.
 */
export function usableSkill(folder: string, markdown: string): { text: string; leftOut: string[] } | undefined {
  const found = findFrontMatter(markdown);
  if ("reason" in found) return undefined;
  const fields = fieldsOf(found.head);
  const description = fields.get("description");
  if (description === undefined || description === "") return undefined;
  const head = ["---", `name: ${JSON.stringify(folder)}`, `description: ${JSON.stringify(description)}`, "---"];
  const leftOut = [...fields.keys()].filter((key) => key !== "name" && key !== "description");
  return { text: [...head, ...found.rest].join("\n"), leftOut };
}

/** Top-level fields with their values on one line, not parsed further. The caller writes the fields it keeps in quotes. */
function fieldsOf(head: readonly string[]): Map<string, string> {
  const fields = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of head) {
    const { key, value = "" } = /^(?<key>[^\s#:][^:]*):(?:\s+(?<value>.*))?$/.exec(line)?.groups ?? {};
    if (key === undefined) current.push(line.trim());
    else {
      current = [/^[>|][+-]?\d?$/.test(value.trim()) ? "" : value.trim()];
      fields.set(key.trim(), current);
    }
  }
  return new Map(Array.from(fields, ([key, lines]) => [key, unquoted(lines.filter((one) => one !== "").join(" "))]));
}

function unquoted(value: string): string {
  const inner = /^(?:"(?<double>.*)"|'(?<single>.*)')$/.exec(value)?.groups;
  return (inner?.double ?? inner?.single ?? value).trim();
}
