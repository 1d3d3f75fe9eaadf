import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Database, open, type RootDatabase } from "lmdb";
import { checkFolder } from "./check-folder.js";
import { reserveToOpen } from "./reserved-space.js";

/** The one LMDB environment of a folder and its tables. All values are text. */
export interface Environment {
  readonly dir: string;
  /** The file that grows. */
  readonly dataFile: string;
  readonly root: RootDatabase;
  /** `owner`: the process that may write, its LMDB version being the epoch; `probe`: written by `check`; `layout`: see `checkLayout`. */
  readonly meta: Database<string, string>;
  /** `[stream number, version]` → the commit as JSON. */
  readonly commits: Database<string, [number, number]>;
  /** Stream name → `<stream number> <version> <commit id>` of its last commit. */
  readonly heads: Database<string, string>;
  /** Stream name → snapshot header, and apart from it the snapshot, so that headers are cheap to list. */
  readonly snapshotHeaders: Database<string, string>;
  readonly snapshots: Database<string, string>;
}

/**
 * Durability. `overlappingSync` is lmdb-js' default and resolves a write when it is visible, before it is flushed. It is off here, so a
 * write transaction begins without MDB_NOSYNC and `mdb_txn_commit` itself runs fdatasync for the pages and then writes the meta page
 * through a descriptor opened with O_DSYNC; only when that returned does lmdb-js mark the transaction committed and resolve. What is
 * awaited is therefore on the disk, and a crash shows the transaction before or after, nothing between.
 *
 * `eventTurnBatching` is off because the group writer batches itself; with it on, every write waits for one more turn of the event loop.
 */
export function openEnvironment(dir: string): Environment {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  checkFolder(dir);
  const root = open<string, string>({
    path: dir,
    // A folder whose name has a dot in it is one all the same.
    noSubdir: false,
    overlappingSync: false,
    eventTurnBatching: false,
    maxDbs: 8,
  });
  try {
    return openTables(root, dir);
  } catch (error) {
    void root.close();
    throw error;
  }
}

function openTables(root: RootDatabase, dir: string): Environment {
  const dataFile = join(dir, "data.mdb");
  reserveToOpen(root, dataFile);
  const table = <Key extends string | [number, number]>(name: string, useVersions = false) =>
    root.openDB<string, Key>(name, { encoding: "string", useVersions });
  return {
    dir,
    dataFile,
    root,
    meta: table<string>("meta", true),
    commits: table<[number, number]>("commits"),
    heads: table<string>("heads"),
    snapshotHeaders: table<string>("snapshot-headers"),
    snapshots: table<string>("snapshots"),
  };
}

/** Rows read before an iterator is closed. An open one keeps LMDB from reusing pages, and the file grows. */
export const rangePage = 256;

/** Every row of `table`, read page by page with a breath in between, for loading at the start. */
export async function forEachRow(table: Database<string, string>, visit: (key: string, value: string) => void) {
  let last: string | undefined;
  while (true) {
    const from = last === undefined ? {} : { start: last, exclusiveStart: true };
    let rows = 0;
    for (const { key, value } of table.getRange({ ...from, limit: rangePage })) {
      visit(key, value);
      last = key;
      rows += 1;
    }
    if (rows < rangePage) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
