import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type LocalCopy, openLocalCopy } from "../../../adapters/durable-streams/local-copy.js";
import type { StreamServer } from "../../../adapters/durable-streams/server.js";
import { createStreamSync } from "../../../adapters/durable-streams/stream-sync.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";

const dir = mkdtempSync(join(tmpdir(), "parley-sync-"));
let copy: LocalCopy;
afterEach(async () => {
  await copy.close();
  rmSync(dir, { recursive: true, force: true });
});

const message = (v: number) => ({
  v,
  c: { id: `c${v}`, version: v, parent: v === 1 ? "" : `c${v - 1}`, at: 0, by: "x", events: [] },
});

/** Reads like the file store: messages from the file, and at its end the stored end. */
function createFileServer(): StreamServer & { file: unknown[]; storedEnd: number } {
  const server = {
    file: [] as unknown[],
    storedEnd: 0,
    append: () => Promise.reject(new Error("not here")),
    create: () => Promise.reject(new Error("not here")),
    remove: () => Promise.reject(new Error("not here")),
    follow: () => {
      throw new Error("not here");
    },
    async read(_name: string, offset = "0") {
      const from = Number(offset);
      if (from >= server.storedEnd) return { messages: [], offset: String(server.storedEnd), life: undefined };
      return { messages: server.file.slice(from), offset: String(server.file.length), life: undefined };
    },
  };
  return server;
}

test("reports a message as lost if it is gone, not if it was read before it was fully stored", async () => {
  copy = await openLocalCopy({ dir, source: "here" });
  const server = createFileServer();
  const syncs = createStreamSync({ server, copy, logger: createMemoryLogger(), onKept: () => {} });
  server.file = [message(1), message(2)];
  server.storedEnd = 1;
  await syncs.sync("room/one");
  await syncs.sync("room/one");
  expect([copy.get("room/one")?.version, syncs.losses()]).toEqual([2, undefined]);
  server.storedEnd = 2;
  await syncs.sync("room/one");
  server.file = [message(1)];
  server.storedEnd = 1;
  await syncs.sync("room/one");
  expect([copy.get("room/one")?.version, syncs.losses()]).toEqual([
    1,
    "the stream server: it lost the end of 1 streams",
  ]);
});
