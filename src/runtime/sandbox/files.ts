import { createWriteStream } from "node:fs";
import { chmod, lstat, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { safeFileName } from "../../core/values/file-name.js";
import type { PlaceFiles } from "../../ports/agent-files.js";
import type { Blobs } from "../../ports/blobs.js";
import type { MeteredAgent } from "./model-access.js";

/** Per-agent folders of the files people sent. The sandbox mounts them read-only. */
export interface AgentFiles {
  /** Path on this host, created on demand. */
  dirOf(agent: MeteredAgent): Promise<string>;
  place: PlaceFiles;
  /** Removes the agent's folder with its content. */
  remove(agent: MeteredAgent): Promise<void>;
}

/** Folders of files below `dir`, one for each agent. */
export function createAgentFiles(options: {
  blobs: Blobs;
  dir: string;
  sha256: (text: string) => string;
  /** Path of the folder as the agent sees it. Default: the host path. */
  mountedAt?: string;
}): AgentFiles {
  const { blobs, dir, sha256, mountedAt } = options;

  const pathOf = ({ roomId, name }: MeteredAgent) => join(dir, sha256(JSON.stringify([roomId, name])).slice(0, 32));

  async function dirOf(agent: MeteredAgent): Promise<string> {
    const path = pathOf(agent);
    await mkdir(path, { recursive: true });
    // The agent runs as another user; the umask of this process would shut it out.
    await chmod(path, 0o755);
    return path;
  }

  return {
    dirOf,
    remove: (agent) => rm(pathOf(agent), { recursive: true, force: true }),
    async place(agent, attachments) {
      const folder = await dirOf(agent);
      const paths: string[] = [];
      for (const { name, sha256: id } of attachments) {
        const stored = await blobs.stat(id);
        if (!stored) continue;
        // No spaces, for the agents' shells. A log of an earlier version may hold a longer name.
        const file = `${id.slice(0, 12)}-${safeFileName(name).replaceAll(" ", "_")}`;
        if (!(await writeWhole(join(folder, file), { blobs, id, bytes: stored.bytes }))) continue;
        paths.push(join(mountedAt ?? folder, file));
      }
      return paths;
    },
  };
}

/** Writes atomically, piece by piece, and makes the file readable for the agent, which runs as another user. False: the blob went away. */
async function writeWhole(
  path: string,
  { blobs, id, bytes }: { blobs: Blobs; id: string; bytes: number },
): Promise<boolean> {
  const there = await lstat(path).catch(() => undefined);
  if (there?.isFile() && there.size === bytes) return true;
  const pieces = await blobs.open(id);
  if (!pieces) return false;
  // Where a sandbox has no wall, a link could lie in its place.
  await rm(`${path}.part`, { force: true });
  await pipeline(pieces, createWriteStream(`${path}.part`, { flags: "wx", mode: 0o644 }));
  // The process creates files for its user alone.
  await chmod(`${path}.part`, 0o644);
  await rename(`${path}.part`, path);
  return true;
}
