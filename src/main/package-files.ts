import type { Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
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
  stampOf: (path) => stampOf(path, maxStampDepth),
};

/** Levels of folders: `skills/<skill>/…` and what a link that leads back into itself may cost. */
const maxStampDepth = 8;

/** Links are followed: a mounted configuration changes by pointing them elsewhere. */
async function stampOf(path: string, depth: number): Promise<string> {
  try {
    const found = await stat(path, { bigint: true });
    const own = `${path} ${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
    if (!found.isDirectory() || depth === 0) return own;
    const names = (await readdir(path)).toSorted();
    const below = await Promise.all(names.map((name) => stampOf(join(path, name), depth - 1)));
    return [own, ...below].join("\n");
  } catch (error) {
    return `${path} ${(error as NodeJS.ErrnoException).code}`;
  }
}

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
