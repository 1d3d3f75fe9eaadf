import { createManualClock } from "../../../../adapters/memory/clock.js";
import { createMemoryEventLog, type MemoryEventLog } from "../../../../adapters/memory/event-log.js";
import { createSeededIds } from "../../../../adapters/memory/ids.js";
import { createMemoryLogger } from "../../../../adapters/memory/logger.js";
import { createMemorySnapshots } from "../../../../adapters/memory/snapshots.js";
import { createMemoryWakeups } from "../../../../adapters/memory/wakeups.js";
import type { Command } from "../../../../src/core/room/command.js";
import { parseRoomCommit } from "../../../../src/core/room/commit.js";
import type { PersonRole } from "../../../../src/core/room/event.js";
import { applyCommit } from "../../../../src/core/room/fold.js";
import { maySeeHeld } from "../../../../src/core/room/rights.js";
import { emptyRoom } from "../../../../src/core/room/room.js";
import { gateView } from "../../../../src/core/room/view.js";
import type { EventLog } from "../../../../src/ports/event-log.js";
import { createRoomCache } from "../../../../src/runtime/rooms/cache.js";
import { createLogFormat } from "../../../../src/runtime/rooms/format.js";
import { publicPicture, type Reachability, type RoomPicture } from "../../../../src/runtime/rooms/picture.js";
import { inFleet } from "../../../../src/runtime/rooms/placement.js";
import { createRoomService, type RoomService } from "../../../../src/runtime/rooms/service.js";
import { commitsOf } from "../../../support/rooms-by-version.js";
import { sha256 } from "../../../support/sha256.js";

export const roomId = "pictureroom";
export const reachability: Reachability = { isPersonOnline: () => true, whyOffline: () => undefined };

const by = { kind: "person", name: "mia" } as const;
const turn = { agent: "coder", turnId: "t1" } as const;
const ask = (n: number): Command => {
  return { type: "turn.ask", ...turn, requestId: `r${n}`, askKind: "tool", title: "Bash", body: `{"n":${n}}` };
};

/** The gate that is open when a look begins; set by `createStore`, the same each time. */
export const opening = { gateId: "", body: '{"n":0}', version: 0 };

/** Events during a look: a gate opens, a message comes, the first gate is decided, another opens, the room is paused, one more opens. */
export const story: Command[] = [
  ask(1),
  { type: "message.post", by, messageId: "m2", body: "@coder look", class: "deliver" },
  { type: "gate.decide", by, gateId: "", action: "allow", hash: "", opened: undefined, messageId: "d1" },
  ask(2),
  { type: "room.pause", by },
];

export interface Store {
  log: MemoryEventLog;
  /** Another process, which carries out commands. */
  writer: RoomService;
  /** A process that has the room in memory but no text of it. */
  warmReader: RoomService;
  /** Carries out a command; a decision without a gate decides the one that has waited longest. */
  write(command: Command): Promise<void>;
  /** A process that has read nothing yet and keeps no commit in memory; `beforeRead` runs before each of its reads, the first is 1. */
  readerWith(beforeRead: (read: number, what: "head" | "texts") => Promise<void>): RoomService;
  /** The picture at a version (or the last) as the log alone says. */
  pictureAt(version: number, role: PersonRole): Promise<RoomPicture>;
}

/** A room with a turn of `coder` that waits for one gate, or for some more, in the log of two processes. */
export async function createStore({ gates = 0 }: { gates?: number } = {}): Promise<Store> {
  const log = createMemoryEventLog();
  const writer = serviceOn(log, 1);
  const execute = async (command: Command) => {
    const executed = await writer.execute(roomId, command);
    if (executed.kind === "rejected") throw new Error(executed.rejection.detail);
  };
  const agents = ["coder", "reviewer"].map((name) => ({ name, role: "agent", runtime: "scripted" }));
  const room = { name: "Picture", owner: "mia", agents, policy: {}, invites: [] };
  await execute({ type: "room.create", by: { kind: "admin" }, ...room });
  await execute({ type: "message.post", by, messageId: "m1", body: "@coder go" });
  await execute({ type: "turn.start", ...turn, node: "n", boot: "b" });
  for (let n = 0; n <= gates; n++) await execute(n === 0 ? ask(0) : ask(100 + n));
  const first = await writer.peek(roomId, (seen) => seen.gates.values().next().value);
  if (!first) throw new Error("no gate was opened");
  Object.assign(opening, { gateId: first.gateId, version: first.version });
  const warmReader = serviceOn(log, 2);
  await warmReader.peek(roomId, () => undefined);

  return {
    log,
    writer,
    warmReader,
    write: async (command) => {
      await execute(command.type === "gate.decide" && command.gateId === "" ? await decideOldest(writer) : command);
    },
    readerWith: (beforeRead) => serviceOn(readingAfter(log, beforeRead), 3),
    pictureAt: (version, role) => pictureFromLog(log, version, role),
  };
}

export async function decideOldest(rooms: RoomService): Promise<Command> {
  const gate = await rooms.peek(roomId, (room) => room.gates.values().next().value);
  if (!gate) throw new Error("no gate is open");
  const { gateId, hash } = gate;
  return { type: "gate.decide", by, gateId, action: "allow", hash, opened: undefined, messageId: `d-${gateId}` };
}

function serviceOn(eventLog: EventLog, seed: number): RoomService {
  const clock = createManualClock(1_700_000_000_000);
  const logger = createMemoryLogger();
  const snapshots = createMemorySnapshots();
  const wakeups = createMemoryWakeups({ clock, log: logger });
  const cache = createRoomCache({ eventLog, snapshots, logger, recentCommits: 0 });
  const ids = createSeededIds(seed);
  return createRoomService({
    ...{ eventLog, snapshots, wakeups, clock, ids, logger, cache, sha256 },
    poolOf: inFleet,
    isShared: true,
    format: createLogFormat({ eventLog, clock, ids, node: "elsewhere", onlyNode: false }),
  });
}

function readingAfter(log: EventLog, before: (read: number, what: "head" | "texts") => Promise<void>): EventLog {
  let reads = 0;
  const step = (what: "head" | "texts") => {
    reads += 1;
    return before(reads, what);
  };
  return {
    ...log,
    head: async (stream) => {
      await step("head");
      return log.head(stream);
    },
    read: async (stream, options) => {
      await step("texts");
      return log.read(stream, options);
    },
  };
}

async function pictureFromLog(log: EventLog, version: number, role: PersonRole): Promise<RoomPicture> {
  const room = emptyRoom(roomId);
  const opened = new Map<string, Parameters<typeof gateView>[1]>();
  for (const commit of await commitsOf(log, roomId)) {
    if (commit.version > version) break;
    const parsed = parseRoomCommit(commit);
    if (parsed.kind !== "ok") continue;
    applyCommit(room, parsed.commit, parsed.events);
    for (const event of parsed.events) if (event?.type === "gate.opened") opened.set(event.gateId, event);
  }
  const gates = [...room.gates.values()].map((gate) =>
    gateView(gate, maySeeHeld(room, role) ? opened.get(gate.gateId) : undefined),
  );
  return { ...publicPicture(room, reachability), gates };
}
