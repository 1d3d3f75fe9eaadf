import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFileBlobs } from "../../adapters/files/blobs.js";
import { openEnvironment } from "../../adapters/lmdb/environment.js";
import { type Lmdb, openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import { createManualClock } from "../../adapters/memory/clock.js";
import { createSeededIds } from "../../adapters/memory/ids.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createMemorySnapshots } from "../../adapters/memory/snapshots.js";
import { decide } from "../../src/core/room/decide.js";
import { formatMeanings, knownFormat } from "../../src/core/room/format.js";
import { toSnapshot } from "../../src/core/room/snapshot.js";
import { gateView, participantViews } from "../../src/core/room/view.js";
import { createInvites } from "../../src/runtime/access/invites.js";
import { createTokens, roleOfToken } from "../../src/runtime/access/tokens.js";
import { readButtonId } from "../../src/runtime/chat/button-id.js";
import { sha256 } from "../../src/runtime/node/runtime.js";
import { checkFormat, readFormat } from "../../src/runtime/rooms/format.js";
import { loadRoom } from "../../src/runtime/rooms/load.js";
import { type ExpectedData, openFixture } from "../support/data-folder.js";

const logger = createMemoryLogger();
const formats = Object.keys(formatMeanings).map(Number);

test("keeps a data folder of every format it knows", () => {
  expect(Math.max(...formats)).toBe(knownFormat);
  for (const format of formats) openFixture(format).remove();
});

describe.each(formats)("a data folder of format %i", (format) => {
  let lmdb: Lmdb;
  let dir: string;
  let expected: ExpectedData;
  let remove = () => {};
  beforeAll(async () => {
    ({ dir, expected, remove } = openFixture(format));
    lmdb = await openLmdb({ dir, log: logger });
  });
  afterAll(async () => {
    await lmdb?.close();
    remove();
  });

  const load = async (roomId: string, snapshots = lmdb.snapshots) =>
    (await loadRoom(roomId, { eventLog: lmdb.eventLog, snapshots, logger })).room;
  const eventAt = async (roomId: string, { version, index }: { version: number; index: number }) => {
    const [entry] = await lmdb.eventLog.read(`room/${roomId}`, { after: version - 1, limit: 1 });
    return entry?.kind === "commit" ? entry.commit.events[index] : undefined;
  };

  test("opens, and says its number", async () => {
    expect(await readFormat(lmdb.eventLog)).toBe(format);
    await checkFormat(lmdb.eventLog);
    expect(await lmdb.eventLog.check()).toMatchObject({ ok: true });
  });

  test("folds every commit of every room, with its snapshots and without", async () => {
    const streams = await lmdb.eventLog.streams("room/");
    expect(streams.length).toBeGreaterThanOrEqual(2);
    expect(await lmdb.snapshots.headers("room/")).toHaveLength(streams.length);
    for (const { stream, version } of streams) {
      const room = await load(stream.slice("room/".length), createMemorySnapshots());
      expect(room).toMatchObject({ version, holes: 0, voided: [] });
      expect(toSnapshot(await load(room.roomId))).toEqual(toSnapshot(room));
    }
  });

  test("has one of everything that lasts", async () => {
    for (const prefix of ["rooms", "agent/", "mirror/", "inbox/"]) {
      const [first] = await lmdb.eventLog.streams(prefix);
      const [entry] = await lmdb.eventLog.read(first?.stream ?? "");
      expect(entry, prefix).toMatchObject({ kind: "commit", version: 1 });
    }
  });

  test("opens the same doors: token, invite code, a posted card's buttons", async () => {
    const { secret, token, invite, roomId, madeAtMs } = expected;
    const clock = createManualClock(madeAtMs);
    const read = createTokens({ secret, clock }).verify(token);
    const room = await load(roomId);
    expect(read && roleOfToken(room, read)).toBe("owner");
    const code = createInvites({ secret, clock, ids: createSeededIds(1), sha256 }).read(invite);
    const join = { type: "person.join", inviteHash: code?.hash ?? "", name: "eve" } as const;
    expect(decide(room, join, { nowMs: madeAtMs, sha256 })).toMatchObject({ kind: "accepted" });
    expect(expected.buttons.length).toBeGreaterThan(2);
    for (const id of expected.buttons) {
      const button = readButtonId(id);
      if (button?.kind !== "gate") throw new Error(`not a gate's button: ${id}`);
      const opened = await eventAt(button.roomId, button);
      expect(opened).toMatchObject({ type: "gate.opened", hash: expect.stringMatching(`^${button.proof}`) });
    }
  });

  test("has the bytes of every file that its messages name", async () => {
    const blobs = createFileBlobs({ dir: `${dir}/files` });
    const entries = await Promise.all(expected.rooms.map(({ roomId }) => lmdb.eventLog.read(`room/${roomId}`)));
    const files = [...JSON.stringify(entries).matchAll(/"sha256":"([0-9a-f]{64})"/g)].map(([, id = ""]) => id);
    expect(files.length).toBeGreaterThan(0);
    for (const id of files) expect(await blobs.stat(id)).toBeDefined();
  });

  if (format === 1)
    test("shows the rooms as the version that wrote them did", async () => {
      for (const was of expected.rooms) {
        const room = await load(was.roomId);
        const gates = await Promise.all(
          [...room.gates.values()].map(async (gate) => {
            const opened = (await eventAt(was.roomId, gate)) as never;
            const { hashVersion, ...view } = gateView(gate, opened);
            expect(hashVersion).toBe(1);
            return view;
          }),
        );
        const participants = participantViews(room, (name) => room.participants.get(name)?.kind === "agent");
        const { name, version, policy } = room;
        // Shown by later versions, of what that version stored too.
        for (const { kind, runtime } of participants) expect(runtime).toBe(kind === "agent" ? "scripted" : undefined);
        const shown = participants.map(({ runtime, model, ...view }) => view);
        expect({ roomId: was.roomId, name, version, policy, participants: shown, gates }).toEqual({
          ...pick(was as never, ["roomId", "name", "version", "policy", "participants", "gates"]),
        });
      }
    });

  if (format === 2)
    test("has the forms that came with it", async () => {
      const log = JSON.stringify(await lmdb.eventLog.read(`room/${expected.roomId}`));
      for (const form of ['"content":{"v":2', '"choices":{"q1"', '"type":"gate.voted"', '"steps":2'])
        expect(log).toContain(form);
      const room = await load(expected.roomId);
      expect([...room.gates.values()].filter(({ hashVersion }) => hashVersion === 2)).toHaveLength(1);
    });

  if (format > 1)
    test("is refused in words by a process that knows less", async () => {
      const refusal = await checkFormat(lmdb.eventLog, format - 1).catch((error: unknown) => error);
      expect(refusal).toMatchObject({
        code: "refused",
        message: expect.stringContaining(`knows formats up to ${format - 1}`),
      });
    });
});

test("a folder of a later layout is refused in words, and opens again for the version that made it", async () => {
  const { dir, remove } = openFixture(1);
  const environment = openEnvironment(dir);
  await environment.meta.put("layout", "2");
  await environment.root.close();
  const refusal = await openLmdb({ dir, log: logger }).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: "refused", message: expect.stringContaining("layouts up to 1") });
  const again = openEnvironment(dir);
  expect(again.meta.get("layout")).toBe("2");
  await again.meta.remove("layout");
  await again.root.close();
  await (await openLmdb({ dir, log: logger })).close();
  remove();
});

function pick(value: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.map((key) => [key, value[key]]));
}
