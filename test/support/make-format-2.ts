import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import { createManualClock } from "../../adapters/memory/clock.js";
import { createSeededIds } from "../../adapters/memory/ids.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import type { Command } from "../../src/core/room/command.js";
import { presentAgent } from "../../src/core/room/room.js";
import { fixtureFolder, openFixture, storeFixture } from "./data-folder.js";
import { assembleMemoryRooms } from "./memory-parts.js";

/** Writes the stored data folder of format 2, `tsx test/support/make-format-2.ts`: that of format 1 with the forms that came with 2. */
const content = {
  v: 2,
  questions: [
    { id: "q1", text: "Format?", options: [{ label: "json" }, { label: "text" }], multiple: false, freeText: true },
  ],
};

async function main(): Promise<void> {
  const { dir, expected, remove } = openFixture(1);
  const { roomId } = expected;
  const logger = createMemoryLogger();
  const clock = createManualClock(expected.madeAtMs);
  const lmdb = await openLmdb({ dir, log: logger });
  const { eventLog, snapshots } = lmdb;
  const { rooms } = assembleMemoryRooms({
    eventLog,
    snapshots,
    clock,
    ids: createSeededIds(2),
    logger,
    node: "fixture",
  });
  const execute = async (command: Command) => {
    const done = await rooms.execute(roomId, command);
    if (done.kind !== "accepted") throw new Error(JSON.stringify(done));
    return done;
  };
  const turnId = await rooms.peek(roomId, (room) => presentAgent(room, "coder")?.turn?.turnId ?? "");
  const ask = { type: "turn.ask", agent: "coder", turnId, askKind: "question", title: "Format?", content } as const;
  const opened = (await execute({ ...ask, requestId: "two", body: "Which format?" })).events[0];
  if (opened?.type !== "gate.opened") throw new Error("no gate was opened");
  const choices = { q1: { options: ["json"], text: "indented" } };
  const decision = { action: "answer", hash: opened.hash, gateId: opened.gateId, opened, messageId: "m-two" } as const;
  await execute({ type: "gate.decide", by: { kind: "person", name: "mia" }, ...decision, choices });
  await execute({ ...ask, requestId: "three", body: "And where to?" });
  await execute({ type: "turn.say", agent: "coder", turnId, outputId: "said", index: 0, text: "@mia done", steps: 2 });
  const head = await lmdb.eventLog.head(`room/${roomId}`);
  const vote = { type: "gate.voted", gateId: "g-gone", by: "mia", action: "approve", hash: opened.hash };
  const place = { version: (head?.version ?? 0) + 1, parent: head?.id ?? "", at: clock.nowMs(), by: "mia" };
  await lmdb.eventLog.append(`room/${roomId}`, [{ id: "voted", ...place, events: [vote] }]);
  await lmdb.close();
  const copy = mkdtempSync(join(tmpdir(), "parley-data-"));
  cpSync(dir, copy, { recursive: true });
  rmSync(join(copy, "data.mdb.gz"));
  storeFixture(copy, { target: fixtureFolder(2), expected });
  rmSync(copy, { recursive: true });
  remove();
}

await main();
