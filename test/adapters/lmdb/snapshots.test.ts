import { rmSync } from "node:fs";
import { afterAll } from "vitest";
import { openEnvironment } from "../../../adapters/lmdb/environment.js";
import { openLmdb } from "../../../adapters/lmdb/open-lmdb.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { describeSnapshots, type OpenSnapshots } from "../../contract/snapshots.js";
import { newFolder, removeFolders } from "../../support/lmdb.js";

afterAll(removeFolders);

describeSnapshots({
  name: "lmdb",
  async open() {
    const dir = newFolder();
    let lmdb = await openLmdb({ dir, log: createMemoryLogger() });
    const opened: OpenSnapshots = {
      snapshots: lmdb.snapshots,
      async close() {
        await lmdb.close();
        rmSync(dir, { recursive: true, force: true });
      },
      async plant(stream, text) {
        await lmdb.close();
        const { root, snapshots } = openEnvironment(dir);
        await snapshots.put(stream, text);
        await root.close();
        lmdb = await openLmdb({ dir, log: createMemoryLogger() });
        opened.snapshots = lmdb.snapshots;
      },
    };
    return opened;
  },
});
