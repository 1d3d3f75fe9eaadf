import type { Dirent } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FileReader } from "../runtime/roles/skill-files.js";

/** Where the package lies, seen from `dist/src/main/` or `src/main/`. */
export const packageRoot = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../.." : "../../..", import.meta.url),
);

export const files: FileReader = {
  listFolders: async (path) => {
    const entries = await readdir(path, { withFileTypes: true }).catch(absent);
    // A mounted configuration is often made of links.
    const isFolder = (entry: Dirent) => entry.isDirectory() || entry.isSymbolicLink();
    return entries?.filter((entry) => isFolder(entry) && !entry.name.startsWith(".")).map(({ name }) => name);
  },
  readText: (path) => readFile(path, "utf8").catch(absent),
};

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

/** The text of the room-messaging skill without its front matter. */
export async function readMessagingSkill(): Promise<string> {
  const markdown = await readFile(join(packageRoot, "skills", "room-messaging", "SKILL.md"), "utf8");
  return markdown.replace(/^---\n[\s\S]*?\n---\n/, "").trim();
}

export async function packageVersion(): Promise<string> {
  const text = await readFile(join(packageRoot, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
