import { describe, expect, test } from "vitest";
import { applyFrame } from "../../../adapters/web/client/room-events.js";
import { openRoom, type RoomState, shownStateOf } from "../../../adapters/web/client/room-state.js";
import type { Command } from "../../../src/core/room/command.js";
import { type PersonRole, personRoles } from "../../../src/core/room/event.js";
import { emptyRoom } from "../../../src/core/room/room.js";
import { roomStateOf } from "../../../src/core/room/room-state.js";
import { audienceOf } from "../../../src/core/room/view.js";
import type { EventLog } from "../../../src/ports/event-log.js";
import type { RoomEventFrame } from "../../../src/protocol/events.js";
import { type RoomPicture, roomPicture } from "../../../src/runtime/rooms/picture.js";
import { rangesOf } from "../../../src/runtime/rooms/read-commits.js";
import { serveRoomCommit } from "../../../src/runtime/rooms/served-commit.js";
import { atEachVersion, commitsOf } from "../../support/rooms-by-version.js";
import {
  createStore,
  decideOldest,
  opening,
  reachability,
  roomId,
  type Store,
  story,
} from "./support/picture-store.js";

/** People's view of a room, as far as pictures and the page's fold have to agree on it. */
interface Shown {
  name: string;
  state: string;
  gates: unknown[];
  participants: unknown[];
}

const byId = (a: { gateId: string }, b: { gateId: string }) => (a.gateId < b.gateId ? -1 : 1);

function shownIn({ name, state, gates, participants }: Pick<RoomPicture, keyof Shown>): Shown {
  return {
    name,
    state,
    gates: [...gates].sort(byId).map(({ gateId, kind, from, body, hash }) => ({ gateId, kind, from, body, hash })),
    participants: participants.map((one) => [one.name, one.kind, one.role, one.status, one.unread]).sort(),
  };
}

function shownOnPage(page: RoomState): Shown {
  const { name, gates, participants } = page;
  return shownIn({ name, state: shownStateOf(page), gates: [...gates], participants: [...participants] });
}

/** The page as it opens with this picture and then follows the whole log from its beginning. */
async function pageFrom(picture: RoomPicture, eventLog: EventLog, role: PersonRole): Promise<RoomState> {
  const opened = openRoom(picture, { version: picture.version, messages: [] }, "mia");
  const frames: RoomEventFrame[] = [];
  const audiences = await atEachVersion(eventLog, roomId, (room) => audienceOf(room, role));
  for (const commit of await commitsOf(eventLog, roomId))
    for (const { json } of serveRoomCommit(commit)?.events(audiences[commit.version] ?? "public") ?? [])
      frames.push(JSON.parse(json));
  return frames.reduce(applyFrame, opened);
}

/** The differences of a picture from its log, if it was taken while commits went on. */
async function faultsOf(picture: RoomPicture | undefined, store: Store, role: PersonRole): Promise<string[]> {
  if (!picture) return ["there is no picture"];
  const faults: string[] = [];
  const expected = await store.pictureAt(picture.version, role);
  const [seen, right] = [JSON.stringify(picture), JSON.stringify(expected)];
  if (seen !== right) faults.push(`at ${picture.version} the picture is ${seen}, and the log says ${right}`);
  const now = await store.pictureAt(Number.POSITIVE_INFINITY, role);
  const page = await pageFrom(picture, store.log, role);
  const [onPage, inRoom] = [shownOnPage(page), shownIn(now)].map((shown) => JSON.stringify(shown));
  if (onPage !== inRoom) faults.push(`from ${picture.version} the page shows ${onPage}, and the room is ${inRoom}`);
  if (page.missingGates.size > 0) faults.push(`the page misses ${[...page.missingGates]}`);
  return faults;
}

/** Every way to put the story's commands between the reads of one look: before which read each of them is carried out. */
function* schedules(commands: number, reads: number, from = 1): Generator<number[]> {
  if (commands === 0) return yield [];
  for (let read = from; read <= reads + 1; read++)
    for (const rest of schedules(commands - 1, reads, read)) yield [read, ...rest];
}

describe("a picture and the events after its version are the room", () => {
  test.each(personRoles)("for every interleaving of reads and commits, as a %s sees it", async (role) => {
    let looks = 0;
    const reads = await countReads(role);
    expect(reads).toBeGreaterThan(1);
    for (const schedule of schedules(story.length, reads)) {
      const store = await createStore();
      const todo = story.map((command, at) => ({ command, read: schedule[at] ?? 0 }));
      const carryOut = async (isDue: (read: number) => boolean) => {
        while (todo[0] && isDue(todo[0].read)) await store.write(todo.shift()?.command as Command);
      };
      const reader = store.readerWith((read) => carryOut((due) => due <= read));
      const picture = await roomPicture(reader, { roomId, role, reachability });
      await carryOut(() => true);
      expect(await faultsOf(picture, store, role)).toEqual([]);
      looks += 1;
    }
    expect(looks).toBeGreaterThan(20);
  });

  async function countReads(role: PersonRole): Promise<number> {
    let reads = 0;
    const store = await createStore();
    const reader = store.readerWith(async (read) => {
      reads = read;
    });
    await roomPicture(reader, { roomId, role, reachability });
    return reads;
  }

  test("also while the commits it sees are still being written", async () => {
    const store = await createStore();
    const writing = story.slice(0, 4).map((command) => store.write(command));
    const picture = await roomPicture(store.writer, { roomId, role: "owner", reachability });
    await Promise.all(writing);
    expect(await faultsOf(picture, store, "owner")).toEqual([]);
  });
});

describe("a picture", () => {
  test("keeps a gate that is decided while its text is read: it was open at the picture's version", async () => {
    const store = await createStore();
    const reader = store.readerWith(async (read, what) => {
      if (what === "texts" && read > 2) await store.write(await decideOldest(store.writer));
    });
    const picture = await roomPicture(reader, { roomId, role: "owner", reachability });
    expect(picture?.gates[0]).toMatchObject({ gateId: opening.gateId, body: opening.body });
    expect(await store.writer.peek(roomId, (room) => room.gates.has(opening.gateId))).toBe(false);
  });

  test("reads the texts of neighbouring gates at once, and none that the reader may not see", async () => {
    const store = await createStore({ gates: 40 });
    for (const [role, texts] of [
      ["owner", 1],
      ["viewer", 0],
    ] as const) {
      let read = 0;
      const reader = store.readerWith(async (_, what) => {
        if (what === "texts") read += 1;
      });
      await reader.peek(roomId, () => undefined);
      read = 0;
      const picture = await roomPicture(reader, { roomId, role, reachability });
      expect([picture?.gates.length, read]).toEqual([41, texts]);
    }
  });

  test("shows a gate whose text cannot be read, without a text and without a hash to decide it by", async () => {
    const store = await createStore();
    store.log.plant(`room/${roomId}`, opening.version, "not JSON");
    const picture = await roomPicture(store.warmReader, { roomId, role: "owner", reachability });
    expect(picture?.gates).toEqual([
      { gateId: opening.gateId, kind: "tool", from: "coder", openedAt: expect.any(Number) },
    ]);
  });

  test("of a room that does not exist is undefined", async () => {
    const { writer } = await createStore();
    expect(await roomPicture(writer, { roomId: "nowhere", role: "owner", reachability })).toBeUndefined();
  });

  test("says that a room is halted, unless it is paused", async () => {
    const halted = { status: "active" as const, guard: { sincePerson: 0, recent: [], gateId: "g" } };
    expect(roomStateOf(halted)).toBe("halted");
    expect(roomStateOf({ ...halted, status: "paused" })).toBe("paused");
    expect(roomStateOf({ ...halted, status: "closed" })).toBe("closed");
    expect(roomStateOf(emptyRoom("r"))).toBe("active");
  });
});

test("versions near each other are one range, those far apart are several", () => {
  expect(rangesOf([])).toEqual([]);
  expect(rangesOf([7, 3, 3, 5])).toEqual([{ first: 3, last: 7 }]);
  expect(rangesOf([1, 33, 66])).toEqual([
    { first: 1, last: 33 },
    { first: 66, last: 66 },
  ]);
  const long = rangesOf(Array.from({ length: 600 }, (_, version) => version + 1));
  expect(long.map(({ first, last }) => last - first + 1)).toEqual([256, 256, 88]);
});
