import { fileChangeOf, folderOf } from "./file-change.js";
import type { Gate } from "./open-gates.js";
import { texts } from "./texts.js";

const words = texts.gates;

/** What happens when the gate is let through, in one sentence; undefined where its text says it. */
export function effectOf(
  { kind, tool = "", to }: Pick<Gate, "kind" | "tool" | "to">,
  body: string,
): string | undefined {
  if (kind === "message")
    return to === undefined ? undefined : words.releases(to === "room" ? undefined : to.join(", "));
  if (kind !== "tool") return undefined;
  if (tool === "Bash") return bashEffect(body);
  const change = fileChangeOf(tool, body);
  if (!change) return words.effect[tool] ?? words.effectOther;
  if (change.isWhole) return words.writesWhole(change.path, lineCount(change.changes[0]?.after ?? ""));
  return words.changesFile(change.path, { places: change.changes.length, isEverywhere: change.isEverywhere });
}

function bashEffect(body: string): string {
  const command = /^\{"command":("(?:[^"\\]|\\.)*")/.exec(body)?.[1];
  const folder = command === undefined ? undefined : folderOf(JSON.parse(command) as string);
  return folder === undefined ? words.runsCommand : words.runsCommandIn(folder);
}

function lineCount(text: string): number {
  return text === "" ? 0 : text.replace(/\n$/, "").split("\n").length;
}
