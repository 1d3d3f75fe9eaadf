import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { formatMeanings } from "../../src/core/room/format.js";
import { formatStream } from "../../src/runtime/rooms/format.js";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import { openFixture } from "../support/data-folder.js";
import { call } from "../support/parley-client.js";
import { startParley } from "../support/parley-process.js";

const formats = Object.keys(formatMeanings).map(Number);

describe.each(formats)("a server of this version on a data folder of format %i", (format) => {
  test("serves its rooms, takes a message, and starts again", { timeout: 180_000 }, async () => {
    await ensureBuilt();
    const { dir, expected, remove } = openFixture(format);
    await writeFile(join(dir, "secret"), `${expected.secret}\n`);
    try {
      for (const said of ["first start", "second start"]) {
        const server = await startParley({ dataDir: dir });
        const rooms = `${server.url}/api/rooms`;
        for (const { roomId } of expected.rooms) {
          const room = await call<{ roomId: string }>(`${rooms}/${roomId}`, { token: server.adminToken });
          expect(room).toMatchObject({ status: 200, body: { roomId } });
        }
        const own = `${rooms}/${expected.roomId}`;
        const posted = await call(`${own}/messages`, { token: expected.token, body: { body: said } });
        expect(posted.status).toBe(201);
        const { body } = await call<{ messages: { body: string }[] }>(`${own}/messages`, { token: expected.token });
        expect(body.messages.map((message) => message.body)).toContain(said);
        await server.kill("SIGTERM");
      }
    } finally {
      remove();
    }
  });
});

test("a server refuses a data folder of a later format in words, and changes nothing", {
  timeout: 120_000,
}, async () => {
  await ensureBuilt();
  const { dir, remove } = openFixture(1);
  try {
    const open = () => openLmdb({ dir, log: createMemoryLogger() });
    const lmdb = await open();
    const event = { type: "format.raised", format: 99, by: "later" };
    const commit = { id: "later", version: 1, parent: "", at: 1, by: "parley", events: [event] };
    await lmdb.eventLog.append(formatStream, [commit]);
    const streams = await lmdb.eventLog.streams("");
    await lmdb.close();
    await expect(startParley({ dataDir: dir })).rejects.toThrow(
      /ended with code 1[\s\S]*format 99, written by a later version of Parley[\s\S]*Nothing was changed\. Start the later version again/,
    );
    const again = await open();
    expect(await again.eventLog.streams("")).toEqual(streams);
    await again.close();
  } finally {
    remove();
  }
});
