import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEnvironment } from "../../adapters/lmdb/environment.js";
import { type JournalsOptions, journalsFolder, type Lmdb, openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import { formatStreamRecord, parseStreamRecord } from "../../adapters/lmdb/stored-commits.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { PortError } from "../../src/ports/port-error.js";
import type { OpenEventLog } from "../contract/event-log.js";

const folders: string[] = [];

export function newFolder(): string {
  // With a dot in its name, as of `mktemp -d`: LMDB takes such a path for a file by default.
  const dir = mkdtempSync(join(tmpdir(), "parley.lmdb-"));
  folders.push(dir);
  return dir;
}

/** Usage: `afterAll(removeFolders)`. Folders may still be in use. */
export function removeFolders(): void {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true });
}

/** For a process of its own, too: see the durability tests. */
export async function openToCrash(dir: string, journals?: JournalsOptions) {
  const { eventLog, close } = await openLmdb({ dir, log: createMemoryLogger(), ...(journals && { journals }) });
  return { log: eventLog, close };
}

/** A log in a new folder, with ways to damage it. `journals`: in two environments. */
export async function openTestLog(journals?: JournalsOptions): Promise<OpenEventLog> {
  const dir = newFolder();
  const open = () => openLmdb({ dir, log: createMemoryLogger(), ...(journals && { journals }) });
  const folderOf = (stream: string) =>
    journals && stream.startsWith(journals.prefix ?? "agent/") ? join(dir, journalsFolder) : dir;
  let lmdb: Lmdb = await open();
  let answersToLose = 0;

  const opened: OpenEventLog = {
    log: lmdb.eventLog,
    async close() {
      await lmdb.close();
      rmSync(dir, { recursive: true, force: true });
    },
    async reopen() {
      await lmdb.close();
      lmdb = await open();
      opened.log = withLostAnswers();
    },
    async plant(stream, entries) {
      await lmdb.close();
      await plantIn(folderOf(stream), stream, entries);
      lmdb = await open();
      opened.log = withLostAnswers();
    },
    loseNextAnswer() {
      answersToLose += 1;
    },
  };

  function withLostAnswers(): Lmdb["eventLog"] {
    const { eventLog } = lmdb;
    return {
      ...eventLog,
      async append(stream, commits) {
        const result = await eventLog.append(stream, commits);
        if (answersToLose === 0) return result;
        answersToLose -= 1;
        throw new PortError("The answer was lost.", { code: "timeout", retryable: true });
      },
    };
  }

  opened.log = withLostAnswers();
  return opened;
}

async function plantIn(dir: string, stream: string, entries: Parameters<NonNullable<OpenEventLog["plant"]>>[1]) {
  const { root, heads, commits } = openEnvironment(dir);
  const head = parseStreamRecord(heads.get(stream) ?? "1 0 none");
  if (head === undefined) throw new Error("the head is not readable");
  const highest = entries.reduce((high, entry) => (entry.version > high.version ? entry : high));
  await root.transaction(() => {
    for (const { version, text } of entries) commits.put([head.number, version], text);
    if (highest.version > head.version) heads.put(stream, formatStreamRecord({ ...head, ...highest }));
  });
  await root.close();
}
