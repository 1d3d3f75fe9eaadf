import { describe, expect, test } from "vitest";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import type { Command } from "../../../src/core/room/command.js";
import { emptyRoom } from "../../../src/core/room/room.js";
import type { EventLog } from "../../../src/ports/event-log.js";
import { PortError } from "../../../src/ports/port-error.js";
import { createLiveRoom } from "../../../src/runtime/rooms/live.js";
import { readCommits } from "../../../src/runtime/rooms/read-commits.js";
import { assembleMemoryRooms } from "../../support/memory-parts.js";

const roomId = "aroom";
const coder = { name: "coder", role: "agent", runtime: "function" };
const created: Command = {
  type: "room.create",
  by: { kind: "admin" },
  name: "a",
  owner: "mia",
  agents: [coder],
  policy: {},
  invites: [],
};
const asked: Command = {
  type: "message.post",
  by: { kind: "person", name: "mia" },
  messageId: "m1",
  body: "@coder go",
};
const started: Command = {
  type: "turn.start",
  agent: "coder",
  turnId: "t1",
  node: "n1",
  boot: "b1",
  onlyAtHome: false,
};

/** A log that a process reads from a copy of its own: once it is cut off, the copy stays as it was. */
function copyOf(eventLog: EventLog) {
  let shown = Number.POSITIVE_INFINITY;
  const gone = () => new PortError("the log cannot be reached", { code: "unavailable", retryable: true });
  const orGone = <T>(answer: () => Promise<T>) =>
    shown === Number.POSITIVE_INFINITY ? answer() : Promise.reject(gone());
  const copy: EventLog = {
    ...eventLog,
    append: (stream, commits) => orGone(() => eventLog.append(stream, commits)),
    head: (stream) => orGone(() => eventLog.head(stream)),
    read: (stream, options = {}) =>
      eventLog.read(stream, { ...options, before: Math.min(options.before ?? Number.MAX_SAFE_INTEGER, shown + 1) }),
  };
  return {
    copy,
    cutOffAt: (version: number) => {
      shown = version;
    },
  };
}

describe("a process whose copy of the log is behind and whose log cannot be reached", () => {
  const ofTurn: Command[] = [
    { type: "turn.say", agent: "coder", turnId: "t1", outputId: "o", index: 0, text: "@mia done" },
    { type: "turn.end", agent: "coder", turnId: "t1", outcome: "done" },
    { type: "turn.ask", agent: "coder", turnId: "t1", requestId: "r1", askKind: "question", title: "?", body: "which" },
    { type: "turn.lose", agent: "coder", turnId: "t1", lostBy: "sandbox" },
  ];
  test.each(ofTurn.map((command) => [command.type, command] as const))(
    "does not refuse %s of a turn that its copy does not show, but says that it cannot ask",
    async (_, command) => {
      const eventLog = createMemoryEventLog();
      const { copy, cutOffAt } = copyOf(eventLog);
      const one = assembleMemoryRooms({ eventLog, onlyNode: false }).runtime;
      const two = assembleMemoryRooms({ eventLog: copy, onlyNode: false }).runtime;
      await one.rooms.execute(roomId, created);
      await one.rooms.execute(roomId, asked);
      await one.rooms.execute(roomId, started);
      cutOffAt(2);
      await expect(two.rooms.submit(roomId, command)).rejects.toMatchObject({ code: "unavailable", retryable: true });
    },
  );
});

describe("the events of a commit that the room has", () => {
  const live = { ...createLiveRoom(`room/${roomId}`, emptyRoom(roomId)), durableVersion: 3 };

  async function stored() {
    const eventLog = createMemoryEventLog();
    const { rooms } = assembleMemoryRooms({ eventLog, onlyNode: false }).runtime;
    for (const command of [created, asked, started]) await rooms.execute(roomId, command);
    return eventLog;
  }

  test("are not taken for absent while the copy of the log is behind", async () => {
    const { copy, cutOffAt } = copyOf(await stored());
    cutOffAt(2);
    await expect(readCommits([3], { roomId, live, eventLog: copy })).rejects.toMatchObject({ retryable: true });
    expect([...(await readCommits([2], { roomId, live, eventLog: copy })).keys()]).toEqual([2]);
  });

  test("are not taken for absent while the log itself shows less", async () => {
    const eventLog = await stored();
    const shorter = { ...eventLog, head: async () => ({ version: 2, id: "x" }), read: async () => [] };
    await expect(readCommits([3], { roomId, live, eventLog: shorter })).rejects.toMatchObject({ retryable: true });
  });

  test("are read again once the copy has caught up", async () => {
    const eventLog = await stored();
    let isBehind = true;
    const catchingUp: EventLog = {
      ...eventLog,
      head: async (stream) => {
        isBehind = false;
        return eventLog.head(stream);
      },
      read: async (stream, options) => (isBehind ? [] : eventLog.read(stream, options)),
    };
    expect((await readCommits([3], { roomId, live, eventLog: catchingUp })).get(3)).toMatchObject([
      { type: "turn.started" },
    ]);
  });

  test("are absent where the log goes on behind them without them", async () => {
    const eventLog = await stored();
    const holed: EventLog = { ...eventLog, read: async () => [] };
    expect((await readCommits([2], { roomId, live, eventLog: holed })).size).toBe(0);
  });
});
