import type { MemoryFile } from "../../adapters/memory/tar.js";
import { createMemoryWorkspaces, type MemoryWorkspace } from "../../adapters/memory/workspaces.js";
import type { Workspaces } from "../../src/ports/workspaces.js";

const diff = "diff --git a/README.md b/README.md\n--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-# hi\n+# hello\n";

const usual: MemoryWorkspace = {
  files: new Map<string, MemoryFile>([
    ["README.md", new TextEncoder().encode("# hello\n")],
    ["src/a.ts", new TextEncoder().encode("export const a = 1;\n")],
    ["way-out", { linkTo: "/etc/passwd" }],
  ]),
  git: { changes: [{ path: "README.md", change: "modified" }], diffs: new Map([["README.md", diff]]) },
};

/** The same work folder for every agent, or the one that `folderOf` gives by the agent's name. */
export function everyAgentsWork(folderOf: (name: string) => MemoryWorkspace | undefined = () => usual): Workspaces {
  const folders = { get: (key: string) => folderOf(key.slice(key.indexOf("/") + 1)) };
  return createMemoryWorkspaces(folders);
}
