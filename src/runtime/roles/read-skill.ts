import { MAX_SKILL_LENGTH, type ParsedSkill, skillFrom } from "../../core/roles/skill.js";
import { parseFrontMatter } from "./front-matter.js";

/** Reads a SKILL.md: front matter in YAML, and guidance. All problems are listed at once, by line. Never throws. */
export function parseSkill(markdown: string): ParsedSkill {
  if (markdown.length <= MAX_SKILL_LENGTH) return skillFrom(parseFrontMatter(markdown));
  const reason = `the file has more than ${MAX_SKILL_LENGTH} characters`;
  return { kind: "problems", problems: [{ line: 1, reason }], names: [], aliases: [] };
}
