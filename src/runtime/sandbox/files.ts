import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PlaceFiles } from "../../ports/agent-files.js";
import type { Blobs } from "../../ports/blobs.js";
import type { AgentRef } from "./model-access.js";

/** The folder of each agent with the files that people sent it. Its sandbox shows it read-only. */
export interface AgentFiles {
  /** On this host, made when it is asked for. */
  dirOf(agent: AgentRef): Promise<string>;
  place: PlaceFiles;
  /** The agent's folder, with all in it. */
  remove(agent: AgentRef): Promise<void>;
}

export function createAgentFiles(options: {
  blobs: Blobs;
  dir: string;
  sha256: (text: string) => string;
  /** Where the agent sees its folder; absent: where it is. */
  mountedAt?: string;
}): AgentFiles {
  const { blobs, dir, sha256, mountedAt } = options;

  const pathOf = ({ roomId, name }: AgentRef) => join(dir, sha256(JSON.stringify([roomId, name])).slice(0, 32));

  async function dirOf(agent: AgentRef): Promise<string> {
    const path = pathOf(agent);
    await mkdir(path, { recursive: true, mode: 0o755 });
    return path;
  }

  return {
    dirOf,
    remove: (agent) => rm(pathOf(agent), { recursive: true, force: true }),
    async place(agent, attachments) {
      const folder = await dirOf(agent);
      const paths: string[] = [];
      for (const { name, sha256: id } of attachments) {
        const bytes = await blobs.get(id);
        if (!bytes) continue;
        // Without a space, for the shells of agents.
        const file = `${id.slice(0, 12)}-${name.replaceAll(" ", "_")}`;
        await writeWhole(join(folder, file), bytes);
        paths.push(join(mountedAt ?? folder, file));
      }
      return paths;
    },
  };
}

/** The agent's user is another than Parley's, and a file that is half there is not there. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there?.size === bytes.length) return;
  await writeFile(`${path}.part`, bytes, { mode: 0o644 });
  await rename(`${path}.part`, path);
}
