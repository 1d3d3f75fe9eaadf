import { mkdirSync } from "node:fs";
import { open } from "lmdb";
import { checkFolder } from "./check-folder.js";
import { openEnvironment } from "./environment.js";
import { forgetOwner } from "./owner.js";
import { toStorageError } from "./storage-error.js";

/**
 * Copies the LMDB environment in `from` into the new folder `to`, as it is at one moment, also while another process writes to it: LMDB reads in a transaction of its
 * own. The copy has no owner, so the next process may open it. Rejects with a `PortError`.
 */
export async function copyEnvironment(from: string, to: string): Promise<void> {
  try {
    checkFolder(from);
    mkdirSync(to, { recursive: true, mode: 0o700 });
    const root = open({ path: from, noSubdir: false, maxDbs: 8, readOnly: true });
    try {
      await root.backup(to, false);
    } finally {
      await root.close();
    }
    const copy = openEnvironment(to);
    try {
      await forgetOwner(copy);
    } finally {
      await copy.root.close();
    }
  } catch (error) {
    throw await toStorageError(error, from);
  }
}
