import { describe, expect, test } from "vitest";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createRoomFiles } from "../../../src/runtime/rooms/room-files.js";
import { createTurnTaking } from "../../../src/runtime/rooms/turn-taking.js";

const [a, b] = ["a".repeat(64), "b".repeat(64)];
const file = (sha256: string, bytes: number, name = "a.txt") => ({ name, bytes, sha256, type: "text/plain" });

function createLog() {
  const eventLog = createMemoryEventLog();
  let reads = 0;
  const read: typeof eventLog.read = (...asked) => {
    reads += 1;
    return eventLog.read(...asked);
  };
  const files = createRoomFiles({ eventLog: { read }, turns: createTurnTaking(), maxRooms: 2 });

  async function append(roomId: string, event: object): Promise<void> {
    const { version = 0, id = "" } = (await eventLog.head(`room/${roomId}`)) ?? {};
    const commit = { id: `${roomId}-${version + 1}`, version: version + 1, parent: id, at: 1, by: "mia" };
    await eventLog.append(`room/${roomId}`, [{ ...commit, events: [event as { type: string }] }]);
  }

  const post = (roomId: string, from: string, ...attachments: object[]) =>
    append(roomId, {
      type: "message.posted",
      messageId: "m",
      from,
      to: "room",
      body: "x",
      class: "deliver",
      hop: 0,
      attachments,
    });
  const hold = (roomId: string, ...attachments: object[]) =>
    append(roomId, {
      ...{ type: "gate.opened", gateId: "g", kind: "message", from: "coder", body: "x", hash: "h", why: "w" },
      content: { v: 2, attachments },
    });
  return { files, post, hold, append, reads: () => reads };
}

describe("the files of a room", () => {
  test("are those its messages name, and no other room's", async () => {
    const { files, post } = createLog();
    await post("r1", "mia", file(a, 3));
    expect(await files.find("r1", a, "public")).toEqual(file(a, 3));
    expect(await files.find("r2", a, "all")).toBeUndefined();
    expect(await files.find("r1", b, "all")).toBeUndefined();
    await post("r1", "mia", file(b, 5));
    expect(await files.find("r1", b, "public")).toEqual(file(b, 5));
  });

  test("of a gate are for those alone who may see held text, until a message names them", async () => {
    const { files, post, hold } = createLog();
    await hold("r1", file(a, 3, "held.txt"));
    expect(await files.find("r1", a, "public")).toBeUndefined();
    expect(await files.find("r1", a, "all")).toEqual(file(a, 3, "held.txt"));
    await post("r1", "coder", file(a, 3, "sent.txt"));
    expect(await files.find("r1", a, "public")).toEqual(file(a, 3, "sent.txt"));
    await hold("r1", file(a, 3, "again.txt"));
    expect(await files.find("r1", a, "public")).toEqual(file(a, 3, "sent.txt"));
  });

  test("count once, for the first who sent them", async () => {
    const { files, post, hold } = createLog();
    await hold("r1", file(a, 3));
    await post("r1", "mia", file(a, 3), file(b, 5));
    const { bytes, byPerson } = await files.usage("r1");
    expect([bytes, Object.fromEntries(byPerson)]).toEqual([8, { coder: 3, mia: 5 }]);
  });

  test("are read once, and again only for rooms that were not asked for lately", async () => {
    const { files, post, reads } = createLog();
    for (const roomId of ["r1", "r2", "r3"]) await post(roomId, "mia", file(a, 3));
    await files.find("r1", a, "all");
    const first = reads();
    await Promise.all([files.find("r1", a, "all"), files.find("r1", b, "all")]);
    expect(reads() - first).toBe(2);
    for (const roomId of ["r2", "r3", "r1"]) expect(await files.find(roomId, a, "all")).toBeDefined();
  });

  test("are none of a commit that does not count, or of an event that cannot be read", async () => {
    const { files, append } = createLog();
    await append("r1", { type: "message.posted", attachments: [file(a, 3)] });
    await append("r1", { type: "of.later", attachments: [file(b, 3)] });
    expect(await files.find("r1", a, "all")).toBeUndefined();
    expect(await files.find("r1", b, "all")).toBeUndefined();
  });
});
