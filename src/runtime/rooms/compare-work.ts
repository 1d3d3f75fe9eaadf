import { unifiedDiff } from "../../core/text/unified-diff.js";
import type { WorkspaceOwner, Workspaces } from "../../ports/workspaces.js";
import { isBinary } from "./cut-workspaces.js";

const maxFiles = 200;
const maxFileBytes = 256 * 1_024;
const maxTextChars = 1_024 * 1_024;

/**
 * The unified diff from one agent's files to another's, of every path that one of the two changed against the base of its branch. Undefined: one has no repository. `isCut`: files
 * beyond 200, larger than 256 KiB, or beyond 1 MiB of diff are left out.
 */
export async function compareWork(
  folders: Pick<Workspaces, "diff" | "read">,
  [one, other]: readonly [WorkspaceOwner, WorkspaceOwner],
  { path }: { path?: string | undefined } = {},
): Promise<{ text: string; isCut: boolean } | undefined> {
  const diffs = await Promise.all([one, other].map((agent) => folders.diff(agent, path === undefined ? {} : { path })));
  const [first, second] = diffs;
  if (!first || !second) return undefined;
  const paths = [...new Set([...pathsIn(first.text), ...pathsIn(second.text)])].sort();
  let text = "";
  let isCut = first.isCut || second.isCut || paths.length > maxFiles;
  for (const changed of paths.slice(0, maxFiles)) {
    const [before, after] = await Promise.all([one, other].map((agent) => textOf(folders, agent, changed)));
    if (before === "left out" || after === "left out" || text.length > maxTextChars) isCut = true;
    else if (before?.text !== after?.text)
      text += `diff --git a/${changed} b/${changed}\n${unifiedDiff(changed, before?.text, after?.text)}`;
  }
  return { text, isCut };
}

/** The paths that a diff of Git names, as they stand in its headers; quoted ones hold characters that no line can. */
export function pathsIn(diff: string): string[] {
  const found: string[] = [];
  let isHeader = false;
  for (const line of diff.split("\n")) {
    if (line.startsWith("diff --git ")) isHeader = true;
    else if (line.startsWith("@@")) isHeader = false;
    if (!isHeader) continue;
    const path = /^(?:\+\+\+ b\/|--- a\/|rename from |rename to )([^\t]+)\t?$/.exec(line)?.[1];
    if (path !== undefined && !path.startsWith('"')) found.push(path);
  }
  return found;
}

async function textOf(
  folders: Pick<Workspaces, "read">,
  agent: WorkspaceOwner,
  path: string,
): Promise<{ text: string } | "left out" | undefined> {
  const found = await folders.read(agent, path, { maxBytes: maxFileBytes });
  if (!found) return undefined;
  if (found.size > maxFileBytes || isBinary(found.bytes)) return "left out";
  return { text: Buffer.from(found.bytes).toString("utf8") };
}
