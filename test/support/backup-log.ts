import { openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import type { Commit } from "../../src/core/room/commit.js";

/** Every commit of a data folder, stream by stream. */
export async function commitsOf(dir: string): Promise<{ stream: string; commit: Commit }[]> {
  const { eventLog, close } = await openLmdb({ dir, log: createMemoryLogger() });
  try {
    const found: { stream: string; commit: Commit }[] = [];
    for (const { stream, version } of await eventLog.streams(""))
      for (let after = 0; after < version; ) {
        const entries = await eventLog.read(stream, { after });
        for (const entry of entries) if (entry.kind === "commit") found.push({ stream, commit: entry.commit });
        after = entries.at(-1)?.version ?? version;
      }
    return found;
  } finally {
    await close();
  }
}
