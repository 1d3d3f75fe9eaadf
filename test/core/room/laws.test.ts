import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRoomCommit, type RoomCommit } from "../../../src/core/room/commit.js";
import { decide } from "../../../src/core/room/decide.js";
import { eventTypes } from "../../../src/core/room/event.js";
import { applyCommit, applyUnreadable, foldCommits } from "../../../src/core/room/fold.js";
import { emptyRoom, type Room } from "../../../src/core/room/room.js";
import { fromSnapshot, toSnapshot } from "../../../src/core/room/snapshot.js";
import { checkAsks, checkCounts, createLedger } from "../../support/room-ledger.js";
import { newStory, perform, play, type Story, steps } from "../../support/room-story.js";
import { sha256 } from "../../support/sha256.js";
import { commandOf, type Step } from "../../support/story-commands.js";

const runs = { numRuns: 40 };
/** For machines that are busy; alone each takes seconds. */
const patience = { timeout: 240_000 };
/** A room as text: everything it knows, keys in one order. */
const stateOf = (room: Room) => JSON.stringify(toSnapshot(room), inOrder);
const inOrder = (_: string, value: unknown) =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
/** Without the void commits it is on its guard against. */
const truthOf = (room: Room) => stateOf({ ...room, voided: [] });
const copyOf = (log: readonly RoomCommit[]) => structuredClone(log) as RoomCommit[];
const fold = (log: readonly RoomCommit[], room = emptyRoom("r1")) => foldCommits(room, copyOf(log));
const stored = (room: Room) => fromSnapshot("r1", (JSON.parse(stateOf(room)) as { state: unknown }).state);
const told = (played: readonly Step[]): Story => play(newStory(), played);

/** Reads a log as a store gives it: entries may be anything. */
function read(entries: readonly unknown[], room = emptyRoom("r1")): { room: Room; counted: string[] } {
  const counted: string[] = [];
  for (const entry of entries) {
    const parsed = parseRoomCommit(structuredClone(entry));
    if (parsed.kind === "unreadable") applyUnreadable(room, (entry as { version?: number }).version);
    else if (applyCommit(room, parsed.commit, parsed.events) !== "superseded") counted.push(parsed.commit.id);
  }
  return { room, counted };
}

describe("deciding", patience, () => {
  test("never throws, never changes the room, and every delivery is accounted for after every commit", () => {
    const seen = new Map<string, number>();
    const check = (played: Step[]) => {
      const ledger = createLedger();
      const textOf = (room: Room) => JSON.stringify(toSnapshot(room));
      let before = textOf(emptyRoom("r1"));
      let isOld = true;
      const story = newStory(({ decision, commit }) => {
        seen.set(decision.kind, (seen.get(decision.kind) ?? 0) + 1);
        // Without a commit the room is as it was: a refusal or a duplicate leaves no trace.
        if (!commit) return expect(textOf(story.room)).toBe(before);
        isOld = true;
        for (const event of commit.events) seen.set(event.type, (seen.get(event.type) ?? 0) + 1);
        for (const event of commit.events) ledger.see(event);
      });
      for (const step of played) {
        if (isOld) before = textOf(story.room);
        isOld = false;
        play(story, [step]);
        ledger.check(story.room);
        checkCounts(story.room);
        checkAsks(story.room);
      }
    };
    fc.assert(fc.property(steps(150), check), { numRuns: 100 });
    // The stories are about something: all that decide can lead to came up.
    const undecided = ["gate.voted", "room.purged", "mirror.bound", "mirror.unbound", "budget.exceeded"];
    const expected = [...eventTypes.filter((type) => !undecided.includes(type)), "accepted", "rejected", "duplicate"];
    expect(expected.filter((kind) => !seen.has(kind))).toEqual([]);
  });

  test("inspects a room that no person may write to", () => {
    fc.assert(
      fc.property(steps(80), (played) => {
        const story = newStory();
        for (const step of played) {
          story.nowMs += step.waitMs;
          const command = commandOf(story, step);
          const decided = decide(frozen(stored(story.room)), command, { nowMs: story.nowMs, sha256 });
          expect(JSON.stringify(perform(story, command))).toBe(JSON.stringify(decided));
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("folding", patience, () => {
  test("a replayed room equals the live one", () => {
    fc.assert(
      fc.property(steps(150), (played) => {
        const { room, log } = told(played);
        expect(stateOf(fold(log))).toBe(stateOf(room));
      }),
      runs,
    );
  });

  test("in pieces equals folding at once, also through stored snapshots in between", () => {
    fc.assert(
      fc.property(steps(150), fc.array(fc.nat(200), { maxLength: 4 }), (played, cuts) => {
        const { room, log } = told(played);
        let inPieces = emptyRoom("r1");
        let resumed = emptyRoom("r1");
        const ends = [...cuts.map((cut) => cut % (log.length + 1)), log.length].sort((a, b) => a - b);
        for (const [n, end] of ends.entries()) {
          const piece = log.slice(ends[n - 1] ?? 0, end);
          inPieces = fold(piece, inPieces);
          resumed = stored(fold(piece, resumed));
        }
        expect(stateOf(inPieces)).toBe(stateOf(room));
        expect(stateOf(resumed)).toBe(stateOf(room));
      }),
      runs,
    );
  });

  test("after every commit, a room from a snapshot continues like the live one", () => {
    fc.assert(
      fc.property(steps(60), (played) => {
        const { log } = told(played);
        let hopping = emptyRoom("r1");
        const live = emptyRoom("r1");
        for (const commit of log) {
          fold([commit], live);
          hopping = stored(fold([commit], hopping));
          expect(stateOf(hopping)).toBe(stateOf(live));
        }
      }),
      { numRuns: 40 },
    );
  });
});

/** The place and the kind of a foreign entry in the log. */
const intrusions = fc.array(
  fc.record({ at: fc.nat(200), from: fc.nat(200), kind: fc.constantFrom("again", "fork"), steps: steps(6) }),
  { maxLength: 8 },
);

/** A batch that was decided on an earlier commit by a writer that did not know of the later ones. */
function fork(log: readonly RoomCommit[], from: number, played: readonly Step[]): RoomCommit[] {
  const story = newStory();
  story.room = fold(log.slice(0, from));
  story.log = copyOf(log.slice(0, from));
  story.nowMs = 2_000_000;
  play(story, played);
  return story.log.slice(from).map((commit, n, batch) => ({
    ...commit,
    id: `fork-${commit.id}`,
    parent: n === 0 ? commit.parent : `fork-${batch[n - 1]?.id}`,
  }));
}

describe("a store that forgot its guard", patience, () => {
  test("holds stale batches and raw duplicates: all readers agree, and what counts is one chain", () => {
    let voids = 0;
    const check = (played: Step[], intruding: { at: number; from: number; kind: string; steps: Step[] }[]) => {
      const { room, log } = told(played);
      const raw: RoomCommit[][] = log.map((commit) => [commit]);
      for (const { at, from, kind, steps } of intruding) {
        const place = 1 + (at % log.length);
        const source = from % place;
        raw[place - 1]?.push(...(kind === "again" ? log.slice(source, place) : fork(log, source, steps)));
      }
      const entries = raw.flat();
      voids += entries.length - log.length;
      const { room: folded, counted } = read(entries);
      expect(counted).toEqual(log.map(({ id }) => id));
      expect(truthOf(folded)).toBe(stateOf(room));
      // A second reader, which took a snapshot halfway and received everything before it again.
      const half = entries.length >> 1;
      expect(truthOf(read(entries, stored(read(entries.slice(0, half)).room)).room)).toBe(stateOf(room));
    };
    fc.assert(fc.property(steps(60), intrusions, check), runs);
    expect(voids).toBeGreaterThan(100);
  });

  test("a batch decided on a void commit does not slip in by its version", () => {
    const { log } = told([]);
    const stale = fork(log, 1, [
      { kind: 0, a: 0, b: 0, c: 5, waitMs: 0 },
      { kind: 0, a: 0, b: 0, c: 5, waitMs: 0 },
    ]);
    expect(stale.map(({ version }) => version)).toEqual([2, 3]);
    const { counted } = read([...log.slice(0, 2), ...stale, ...log.slice(2)]);
    expect(counted).toEqual(log.map(({ id }) => id));
  });

  test("a void commit changes nothing", () => {
    fc.assert(
      fc.property(steps(60), fc.nat(200), steps(5), (played, from, other) => {
        const { room, log } = told(played);
        const before = stateOf(room);
        const stale = [...fork(log, from % log.length, other).slice(0, 1), ...copyOf(log)];
        for (const commit of stale) expect(applyCommit(room, commit, commit.events)).toBe("superseded");
        expect(stateOf(room)).toBe(before);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a store that lost something", patience, () => {
  test("a gap counts, the room continues, and its counts stay right", () => {
    fc.assert(
      fc.property(steps(150), fc.array(fc.nat(200), { minLength: 1, maxLength: 6 }), (played, gone) => {
        const { log } = told(played);
        // The first and the last are there, so that every gap shows.
        const lost = new Set(gone.map((n) => 1 + (n % Math.max(1, log.length - 2))));
        const left = log.filter((_, n) => n === 0 || n === log.length - 1 || !lost.has(n));
        const gaps = left.filter((commit, n) => n > 0 && commit.version !== (left[n - 1]?.version ?? 0) + 1).length;
        const { room, counted } = read(left);
        expect(counted).toHaveLength(left.length);
        expect(room).toMatchObject({ holes: gaps, version: log.length });
        checkCounts(room);
      }),
      runs,
    );
  });

  test("entries that cannot be read do not stop a room", () => {
    fc.assert(
      fc.property(
        steps(80),
        fc.array(fc.nat(200), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (played, torn, keyed) => {
          const { log } = told(played);
          const places = new Set(torn.map((n) => 1 + (n % (log.length - 1))));
          const entries = log.map((commit, n) => {
            if (!places.has(n)) return commit;
            return keyed ? { version: commit.version, events: "torn" } : { events: "torn" };
          });
          const { room, counted } = read(entries);
          expect(counted).toEqual(log.filter((_, n) => !places.has(n)).map(({ id }) => id));
          // With the version in its key the entry has its place; without it the next entry reveals the gap.
          if (keyed) expect(room).toMatchObject({ holes: 0, version: log.length });
          else expect(room.holes).toBe([...places].filter((n) => !places.has(n + 1) && n < log.length - 1).length);
          checkCounts(room);
        },
      ),
      runs,
    );
  });
});

test("an entry that cannot be read says by its version that others are gone", () => {
  const { log } = told([]);
  const { room } = read([...log, { version: log.length + 3, events: "torn" }]);
  expect(room).toMatchObject({ holes: 1, version: log.length + 3 });
  const before = stateOf(room);
  applyUnreadable(room, 2);
  applyUnreadable(room, undefined);
  expect(stateOf(room)).toBe(before);
});

describe("a later version's events", () => {
  test("are kept and passed over, alone in a commit or among known ones", () => {
    const unknown = { type: "poll.opened", question: "?" };
    fc.assert(
      fc.property(steps(60), fc.nat(200), (played, at) => {
        const { room, log } = told(played);
        const place = at % log.length;
        const last = log.at(-1);
        const entries: unknown[] = log.map((commit, n) =>
          n === place ? { ...commit, events: [...commit.events, unknown] } : commit,
        );
        expect(stateOf(read(entries).room)).toBe(stateOf(room));
        entries.push({ ...last, id: "newer", version: log.length + 1, parent: last?.id, events: [unknown] });
        const { room: newer } = read(entries);
        expect(newer).toMatchObject({ version: log.length + 1, commitId: "newer" });
        expect(stateOf({ ...newer, version: room.version, commitId: room.commitId })).toBe(stateOf(room));
      }),
      { numRuns: 60 },
    );
  });
});

/** The same room; writing to it, or to anything in it, throws. */
function frozen(room: Room): Room {
  for (const value of Object.values(room)) if (value instanceof Map) lock(value);
  return deepFrozen(room);
}

function lock(map: Map<unknown, unknown>): void {
  for (const value of map.values()) deepFrozen(value);
  const refuse = () => {
    throw new Error("somebody writes to a room it only looks at");
  };
  Object.assign(map, { set: refuse, delete: refuse, clear: refuse });
}

function deepFrozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (!(value instanceof Map)) Object.freeze(value);
  for (const inner of Object.values(value)) if (!(inner instanceof Map)) deepFrozen(inner);
  return value;
}
