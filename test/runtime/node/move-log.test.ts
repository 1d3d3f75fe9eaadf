import { describe, expect, test } from "vitest";
import { createMemoryBlobs } from "../../../adapters/memory/blobs.js";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createSeededIds } from "../../../adapters/memory/ids.js";
import type { Entry, EventLog } from "../../../src/ports/event-log.js";
import { type MovePlace, moveLog } from "../../../src/runtime/node/move-log.js";
import { moveStream, refuseHalfMoved } from "../../../src/runtime/rooms/move-marker.js";
import { commitsOn, headOf } from "../../support/commits.js";

const clock = createManualClock(1_700_000_000_000);

const place = (name: string, eventLog: EventLog = createMemoryEventLog()): MovePlace => ({
  name,
  eventLog,
  blobs: createMemoryBlobs(),
});

const move = (from: MovePlace, to: MovePlace) =>
  moveLog({ from, to, clock, ids: createSeededIds(7), signal: new AbortController().signal });

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

async function fill(eventLog: EventLog, streams: Readonly<Record<string, number>>): Promise<void> {
  for (const [stream, count] of Object.entries(streams)) {
    const commits = commitsOn(await eventLog.head(stream), `c-${stream}`, count);
    for (let at = 0; at < count; at += 400) await eventLog.append(stream, commits.slice(at, at + 400));
  }
}

const everyKind = {
  access: 1,
  "agent/r1/mia": 3,
  format: 1,
  "inbox/slack": 2,
  "mirror/m1": 2,
  registry: 1,
  "room/r1": 700,
  "room/r2": 4,
  rooms: 2,
  spending: 1,
};

/** A place with a stream of every kind and two files. */
async function filled(): Promise<MovePlace> {
  const from = place("the source");
  await fill(from.eventLog, everyKind);
  await from.blobs.put(Buffer.from("one"));
  await from.blobs.put(Buffer.alloc(300_000, 7));
  return from;
}

const everything = async (log: EventLog, more: Record<string, number> = everyKind) =>
  Object.fromEntries(
    await Promise.all(
      Object.keys(more).map(async (stream) => {
        const entries: Entry[] = [];
        for (let page = await log.read(stream); page.length > 0; ) {
          entries.push(...page);
          page = await log.read(stream, { after: entries.length });
        }
        return [stream, entries.map((entry) => (entry.kind === "commit" ? entry.commit : entry))] as const;
      }),
    ),
  );

describe("moving a log", () => {
  test("copies every stream and every file, and counts them", async () => {
    const [from, to] = [await filled(), place("the target")];
    const before = await everything(from.eventLog);
    expect(await move(from, to)).toEqual({
      format: 1,
      streams: 10,
      commits: 717,
      files: 2,
      bytes: 300_003,
      copiedCommits: 717,
      copiedFiles: 2,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await everything(to.eventLog)).toEqual(before);
    expect(await everything(from.eventLog)).toEqual(before);
    expect(await from.eventLog.head(moveStream)).toBeUndefined();
  });

  test("copies nothing twice, and goes on where an append failed", async () => {
    const [from, to] = [await filled(), place("the target")];
    let appends = 0;
    const failing: EventLog = {
      ...to.eventLog,
      async append(stream, commits) {
        if (stream === "room/r1" && ++appends === 2) throw new Error("the disk is gone");
        return to.eventLog.append(stream, commits);
      },
    };
    expect(await failureOf(move(from, { ...to, eventLog: failing }))).toMatchObject({ message: "the disk is gone" });
    expect(await failureOf(refuseHalfMoved(to.eventLog))).toMatchObject({ code: "refused" });
    expect((await to.eventLog.head("room/r1"))?.version).toBe(256);

    const again = await move(from, to);
    expect(again.copiedCommits).toBeLessThanOrEqual(717 - 256);
    expect(again).toMatchObject({ commits: 717, copiedFiles: 0 });
    await refuseHalfMoved(to.eventLog);
    expect(await move(from, to)).toMatchObject({ copiedCommits: 0, copiedFiles: 0, sha256: again.sha256 });
  });

  test("stops when it is told to, and goes on later", async () => {
    const [from, to] = [await filled(), place("the target")];
    const stop = new AbortController();
    const onProgress = ({ step }: { step: string }) => {
      if (step === "commits") stop.abort(new Error("enough"));
    };
    const options = { from, to, clock, ids: createSeededIds(1), signal: stop.signal, onProgress };
    expect(await failureOf(moveLog(options))).toMatchObject({ message: "enough" });
    expect(await move(from, to)).toMatchObject({ commits: 717 });
  });

  test.each([
    ["a stream of its own", { "room/other": 1 }],
    ["more of a stream", { ...everyKind, "room/r2": 5 }],
    ["one stream beside the same ones", { ...everyKind, registry2: 1 }],
  ])("refuses a target with %s and leaves it as it is", async (_name, streams) => {
    const [from, to] = [await filled(), place("the target")];
    await fill(to.eventLog, streams);
    const before = await everything(to.eventLog, streams);
    expect(await failureOf(move(from, to))).toMatchObject({
      code: "refused",
      message: expect.stringContaining("the target holds data that is not in the source"),
    });
    expect(await everything(to.eventLog, streams)).toEqual(before);
    expect(await to.eventLog.head(moveStream)).toBeUndefined();
  });

  test("refuses a target whose stream has another commit in a place", async () => {
    const [from, to] = [await filled(), place("the target")];
    await to.eventLog.append("room/r2", commitsOn(undefined, "another", 2));
    expect(await failureOf(move(from, to))).toMatchObject({ code: "refused" });
  });

  test("refuses an empty source, and one that is an unfinished copy itself", async () => {
    const [from, to] = [await filled(), place("the target")];
    expect(await failureOf(move(place("nothing"), to))).toMatchObject({
      message: expect.stringContaining("nothing holds no room"),
    });
    const stuck: EventLog = {
      ...to.eventLog,
      append: (stream, commits) =>
        stream === "rooms" ? Promise.reject(new Error("gone")) : to.eventLog.append(stream, commits),
    };
    await failureOf(move(from, { ...to, eventLog: stuck }));
    expect(await failureOf(move(to, place("a third")))).toMatchObject({
      message: expect.stringContaining("unfinished copy"),
    });
  });

  test("names a commit that cannot be read, and ends without calling the copy whole", async () => {
    const [from, to] = [await filled(), place("the target")];
    const torn: EventLog = {
      ...from.eventLog,
      async read(stream, options) {
        const entries = await from.eventLog.read(stream, options);
        const asRead = (entry: Entry): Entry =>
          stream === "room/r2" && entry.version === 3
            ? { kind: "unreadable", version: 3, position: "3", reason: "not JSON" }
            : entry;
        return entries.map(asRead);
      },
    };
    expect(await failureOf(move({ ...from, eventLog: torn }, to))).toMatchObject({
      code: "corrupt",
      message: expect.stringContaining("Commit 3 of room/r2 in the source cannot be copied (not JSON)"),
    });
    expect(await failureOf(refuseHalfMoved(to.eventLog))).toMatchObject({ code: "refused" });
  });

  test("notices a source that is written to meanwhile", async () => {
    const [from, to] = [await filled(), place("the target")];
    const busy: EventLog = {
      ...to.eventLog,
      async append(stream, commits) {
        if (stream === "rooms") {
          const head = headOf(commits.at(-1) as never);
          await from.eventLog.append("rooms", commitsOn(head, "meanwhile"));
        }
        return to.eventLog.append(stream, commits);
      },
    };
    expect(await failureOf(move(from, { ...to, eventLog: busy }))).toMatchObject({
      code: "in-use",
      message: expect.stringContaining("the source was written to while it was copied (the stream rooms)"),
    });
  });

  test("notices a target that stores something else than it was given", async () => {
    const [from, to] = [await filled(), place("the target")];
    const altering: EventLog = {
      ...to.eventLog,
      append: (stream, commits) =>
        to.eventLog.append(stream, stream === "spending" ? commits.map((one) => ({ ...one, by: "eve" })) : commits),
    };
    expect(await failureOf(move(from, { ...to, eventLog: altering }))).toMatchObject({
      code: "corrupt",
      message: expect.stringContaining("The stream spending is not the same"),
    });
  });

  test("names a file whose bytes have another hash", async () => {
    const [from, to] = [await filled(), place("the target")];
    const open = async () => [Buffer.from("changed on the disk")].values() as never;
    const failure = await failureOf(move({ ...from, blobs: { ...from.blobs, open } }, to));
    expect(failure).toMatchObject({ code: "corrupt", message: expect.stringContaining("in the source is damaged") });
  });
});
