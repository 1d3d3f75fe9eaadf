import { opendirSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { setImmediate as endOfTurn } from "node:timers/promises";
import { PortError } from "../../src/ports/port-error.js";
import type { WorkspaceEntry, WorkspaceFolder } from "../../src/ports/workspaces.js";
import { createNamePage } from "../kit/name-page.js";
import type { OpenedInside } from "./open-inside.js";

/** Entries read in one turn of the event loop: a few milliseconds. Reading them one by one without blocking takes three times as long. */
const entriesAtOnce = 2_048;
/** A folder with more entries is not listed. */
const maxEntries = 2_000_000;

/** One page of an opened folder. */
export async function readFolder(
  { path }: OpenedInside,
  options: { after: string | undefined; limit: number },
): Promise<WorkspaceFolder> {
  const page = createNamePage<WorkspaceEntry>(options);
  const folder = opendirSync(path, { bufferSize: entriesAtOnce });
  try {
    for (let count = 1; ; count += 1) {
      const entry = folder.readSync();
      if (!entry) break;
      const kind = entry.isFile() ? "file" : entry.isDirectory() ? "folder" : entry.isSymbolicLink() ? "link" : "other";
      page.add({ name: entry.name, kind });
      if (count > maxEntries)
        throw new PortError(`The folder has more than ${maxEntries} entries.`, { code: "full", retryable: false });
      if (count % entriesAtOnce === 0) await endOfTurn();
    }
  } finally {
    folder.closeSync();
  }
  const { entries, hasMore } = page.take();
  return { entries: await Promise.all(entries.map((entry) => withSize(path, entry))), hasMore };
}

async function withSize(folder: string, entry: WorkspaceEntry): Promise<WorkspaceEntry> {
  if (entry.kind !== "file") return entry;
  const found = await lstat(`${folder}/${entry.name}`).catch(() => undefined);
  return found?.isFile() ? { ...entry, size: found.size } : entry;
}
