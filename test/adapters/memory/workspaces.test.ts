import type { MemoryFile } from "../../../adapters/memory/tar.js";
import { createMemoryWorkspaces } from "../../../adapters/memory/workspaces.js";
import { testWorkspacesContract, workspaceFiles } from "../../contract/workspaces.js";

testWorkspacesContract("memory", async () => {
  const files = new Map(
    Object.entries(workspaceFiles).map(([path, file]): [string, MemoryFile] => [
      path,
      typeof file === "string" ? new TextEncoder().encode(file) : file,
    ]),
  );
  const diffs = new Map([["src/a.ts", "--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1 +1 @@\n-old\n+new\n"]]);
  const git = { changes: [{ path: "src/a.ts", change: "modified" as const }], diffs };
  return {
    workspaces: createMemoryWorkspaces(
      new Map([
        ["r1/coder", { files }],
        ["r1/builder", { files, git }],
      ]),
    ),
    agent: { roomId: "r1", name: "coder" },
    repository: { roomId: "r1", name: "builder" },
  };
});
