import { type RefusedSetupFile, SETUP_LIMITS, skillFileOf } from "../../../src/core/room/setup.js";
import type { FoundSetup } from "../../../src/ports/setups.js";
import { type ReadPart, readHooks, readMcpServers } from "./settings.js";
import { usableSkill } from "./skill-file.js";
import { bounded, type WantedFile } from "./tree.js";

/** The content of a file: its bytes, its size if it is too large, or undefined if it was not read. */
export type FileContent = { bytes: Buffer } | { tooLarge: number } | undefined;

type Found = FoundSetup["files"][number];
/** The text of a file that agents would use, `undefined` if it has none; or the reason why it cannot be used. */
type Usable = { text: string | undefined; leftOut?: readonly string[] } | { why: string };

/** The files that can be offered and those that are refused, within the limits of a set-up. */
export function offeredFiles(
  wanted: readonly WantedFile[],
  contentOf: (id: string) => FileContent,
): Pick<FoundSetup, "files" | "refused"> {
  const files: Found[] = [];
  const refused: RefusedSetupFile[] = [];
  let left: number = SETUP_LIMITS.maxBytes;
  for (const { kind, path, id } of wanted) {
    const usable = usableOf({ kind, path }, textOf(contentOf(id)));
    const bytes = "text" in usable ? Buffer.byteLength(usable.text ?? "") : 0;
    if ("why" in usable) refused.push({ path, why: usable.why });
    else if (bytes > Math.min(left, SETUP_LIMITS.maxFileBytes)) refused.push({ path, why: tooLarge(bytes) });
    else {
      if (usable.text !== undefined) files.push({ kind, path, text: usable.text });
      left -= bytes;
      if (usable.leftOut && usable.leftOut.length > 0) refused.push({ path, why: leftOutOf(usable.leftOut) });
    }
  }
  const whole = files.filter((file) => file.kind !== "skill" || hasSkillFile(file, files));
  const alone = new Set(files.flatMap((file) => (whole.includes(file) ? [] : [folderOf(file.path)])));
  const without = [...alone].map((path) => ({ path, why: "its SKILL.md is not there or cannot be used" }));
  return { files: whole, refused: bounded([...refused, ...without]) };
}

function usableOf({ kind, path }: Pick<WantedFile, "kind" | "path">, read: { text: string } | { why: string }): Usable {
  if ("why" in read) return read;
  const { text } = read;
  switch (kind) {
    case "mcp":
      return usablePart(readMcpServers(text));
    case "hooks":
      return usablePart(readHooks(text));
    case "instructions":
      return { text: text.trim() === "" ? undefined : text };
    case "skill":
      return usableSkillFile(path, text);
  }
}

function usablePart(part: ReadPart<unknown>): Usable {
  if (part.kind === "problem") return { why: part.why };
  return part.kind === "ok" ? { text: part.text, leftOut: part.leftOut } : { text: undefined };
}

function usableSkillFile(path: string, text: string): Usable {
  const [folder = "", file] = (skillFileOf(path) ?? "").split("/");
  if (file !== "SKILL.md") return { text };
  return usableSkill(folder, text) ?? { why: "it has no front matter with a description" };
}

/** The content as text: UTF-8 without control characters. */
function textOf(content: FileContent): { text: string } | { why: string } {
  if (content === undefined) return { why: "it could not be read" };
  if ("tooLarge" in content) return { why: tooLarge(content.tooLarge) };
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(content.bytes);
  } catch {
    return { why: "it is not UTF-8 text" };
  }
  // Tabs and line ends are the only control characters allowed in text.
  return /(?![\t\n\r])\p{Cc}/u.test(text) ? { why: "it holds control characters" } : { text };
}

function tooLarge(bytes: number): string {
  const { maxFileBytes, maxBytes } = SETUP_LIMITS;
  return `it has ${bytes} bytes; at most ${maxFileBytes} in a file and ${maxBytes} in all can be offered`;
}

function leftOutOf(members: readonly string[]): string {
  const names = members.map((member) => member.replace(/[^A-Za-z0-9_-]/g, "?").slice(0, 40));
  return `left out of it: ${names.join(", ")}`;
}

function hasSkillFile({ path }: Found, files: readonly Found[]): boolean {
  const folder = folderOf(path);
  return files.some((file) => file.path === `${folder}/SKILL.md`);
}

function folderOf(path: string): string {
  return path.split("/").slice(0, 3).join("/");
}
