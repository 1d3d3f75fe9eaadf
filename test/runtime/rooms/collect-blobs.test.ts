import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { createFileBlobs } from "../../../adapters/files/blobs.js";
import { createMemoryBlobs } from "../../../adapters/memory/blobs.js";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import type { Blobs } from "../../../src/ports/blobs.js";
import type { Clock } from "../../../src/ports/clock.js";
import { blobGraceMs, createBlobCollection } from "../../../src/runtime/rooms/collect-blobs.js";
import { createTurnTaking } from "../../../src/runtime/rooms/turn-taking.js";
import { readBlob } from "../../support/read-blob.js";
import { createStubClock } from "../../support/stub-clock.js";
import { until } from "../../support/until.js";

const startMs = 1_800_000_000_000;
const dayMs = 24 * 3_600_000;
const bytesOf = (text: string) => new TextEncoder().encode(text);
const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

type MakeBlobs = (clock: Pick<Clock, "nowMs">) => Blobs;

function createStore(make: MakeBlobs = (clock) => createMemoryBlobs({ clock })) {
  const clock = createStubClock(startMs);
  const blobs = make(clock);
  const eventLog = createMemoryEventLog();
  const logger = createMemoryLogger();
  const collectionOf = (over: Partial<Blobs> = {}) =>
    createBlobCollection({ blobs: { ...blobs, ...over }, eventLog, clock, logger, turns: createTurnTaking() });

  /** Appends an event that is stored as it is given, also one that this version does not know. */
  async function append(stream: string, event: { type: string; [field: string]: unknown }): Promise<void> {
    const { version = 0, id = "" } = (await eventLog.head(stream)) ?? {};
    const commit = { id: `${stream}-${version + 1}`, version: version + 1, parent: id, at: clock.nowMs(), by: "mia" };
    expect(await eventLog.append(stream, [{ ...commit, events: [event] }])).toEqual({ kind: "appended" });
  }

  return { clock, blobs, eventLog, logger, collectionOf, collection: collectionOf(), append };
}

const attached = (...hashes: readonly string[]) => ({
  type: "message.posted",
  attachments: hashes.map((sha256) => ({ name: "a.txt", bytes: 1, sha256 })),
});

describe("a collection of files", () => {
  test("removes files that no log names once they are older than a day, and counts them", async () => {
    const { blobs, clock, collection, append } = createStore();
    const [named, other] = [await blobs.put(bytesOf("named")), await blobs.put(bytesOf("other"))];
    await append("room/r1", attached(named));
    clock.advance(blobGraceMs);
    expect(await collection.run()).toEqual({ kept: 0, removed: 0, removedBytes: 0, unreadable: 0 });
    clock.advance(1);
    expect(await collection.run()).toEqual({ kept: 1, removed: 1, removedBytes: 5, unreadable: 0 });
    expect(String(await readBlob(blobs, named))).toBe("named");
    expect(await blobs.open(other)).toBeUndefined();
  });

  test.each<[string, string, (sha256: string) => { type: string; [field: string]: unknown }]>([
    ["a message", "room/r1", (sha256) => attached("0".repeat(64), sha256)],
    ["the content of a gate", "room/r1", (sha256) => ({ type: "gate.opened", content: { v: 2, ...attached(sha256) } })],
    ["a long result of a tool", "agent/r1/coder", (sha256) => ({ type: "tool.result", blob: sha256 })],
    ["the text of a message", "room/r1", (sha256) => ({ type: "message.posted", body: `[file, sha256 ${sha256}]` })],
    ["an event of a later version", "later/x", (sha256) => ({ type: "later", deep: [{ er: { files: [sha256] } }] })],
  ])("keeps files that are named by %s", async (_, stream, event) => {
    const { blobs, clock, collection, append } = createStore();
    const named = await blobs.put(bytesOf("named"));
    await append(stream, event(named));
    clock.advance(30 * dayMs);
    expect(await collection.run()).toMatchObject({ kept: 1, removed: 0 });
    expect(String(await readBlob(blobs, named))).toBe("named");
  });

  test("reads on where it had read to, also over more commits than a page has", async () => {
    const { blobs, clock, collection, append, eventLog } = createStore();
    const first = await blobs.put(bytesOf("first"));
    for (let at = 0; at < 450; at += 1) await append("room/r1", attached(at === 440 ? first : hashOf(`${at}`)));
    clock.advance(2 * dayMs);
    expect(await collection.run()).toMatchObject({ kept: 1, removed: 0 });
    const later = await blobs.put(bytesOf("later"));
    await append("room/r1", attached(later));
    const unnamed = await blobs.put(bytesOf("unnamed"));
    clock.advance(2 * dayMs);
    expect(await collection.run()).toMatchObject({ kept: 2, removed: 1 });
    expect(await blobs.stat(unnamed)).toBeUndefined();
    expect((await eventLog.head("room/r1"))?.version).toBe(451);
  });

  test("removes nothing while an entry cannot be read, and continues after it is repaired", async () => {
    const { blobs, clock, collection, append, eventLog } = createStore();
    const [maybe, named] = [await blobs.put(bytesOf("maybe")), await blobs.put(bytesOf("named"))];
    await append("room/r1", attached(named));
    const [entry] = await eventLog.read("room/r1");
    eventLog.plant("room/r1", 1, "{ damaged");
    clock.advance(2 * dayMs);
    expect(await collection.run()).toEqual({ kept: 2, removed: 0, removedBytes: 0, unreadable: 1 });
    eventLog.plant("room/r1", 1, JSON.stringify(entry?.kind === "commit" ? entry.commit : undefined));
    expect(await collection.run()).toMatchObject({ kept: 1, removed: 1, unreadable: 0 });
    expect(await blobs.stat(maybe)).toBeUndefined();
  });

  test("keeps files that are put again while it runs, and files named only then", async () => {
    const { blobs, clock, collectionOf, append } = createStore();
    const again = await blobs.put(bytesOf("again"));
    clock.advance(2 * dayMs);
    const collection = collectionOf({
      async list(options) {
        const page = await blobs.list(options);
        await blobs.put(bytesOf("again"));
        await blobs.put(bytesOf("quite new"));
        return page;
      },
    });
    expect(await collection.run()).toMatchObject({ kept: 1, removed: 0 });
    await append("room/r1", attached(again));
    clock.advance(2 * dayMs);
    expect(await collectionOf().run()).toMatchObject({ kept: 1, removed: 1 });
    expect(String(await readBlob(blobs, again))).toBe("again");
  });

  test("runs ten minutes after the start, then daily, continues after a failure, and ends when it is stopped", async () => {
    const { blobs, clock, logger, collectionOf } = createStore();
    const fails = [true, false];
    let runs = 0;
    const stop = collectionOf({
      async list(options) {
        runs += 1;
        if (fails.shift()) throw new Error("the disk went away");
        return await blobs.list(options);
      },
    }).start();
    const unnamed = await blobs.put(bytesOf("unnamed"));
    clock.advance(10 * 60_000 - 1);
    expect(runs).toBe(0);
    clock.advance(1);
    await until("the next run is set", () => clock.pending() === 1);
    expect(logger.records).toContainEqual(expect.objectContaining({ level: "warn" }));
    clock.advance(dayMs);
    await until("the second run is over", () => clock.pending() === 1 && runs === 2);
    expect(await blobs.stat(unnamed)).toBeUndefined();
    await stop();
    clock.advance(5 * dayMs);
    expect([runs, clock.pending()]).toEqual([2, 0]);
  });
});

describe("any sequence of put, name, remove and sweep", () => {
  const dirs: string[] = [];
  afterEach(async () => {
    for (const dir of dirs.splice(0)) await rm(dir, { recursive: true, force: true });
  });

  type Step =
    | { type: "put" | "remove"; file: number }
    | { type: "name"; file: number; how: "message" | "gate" | "journal" }
    | { type: "pass"; hours: number }
    | { type: "sweep"; putMeanwhile: number | undefined };
  const file = fc.integer({ min: 0, max: 5 });
  const how = fc.constantFrom("message" as const, "gate" as const, "journal" as const);
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ type: fc.constantFrom("put" as const, "remove" as const), file }),
    fc.record({ type: fc.constant("name" as const), file, how }),
    fc.record({ type: fc.constant("pass" as const), hours: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ type: fc.constant("sweep" as const), putMeanwhile: fc.option(file, { nil: undefined }) }),
  );
  const contentOf = (at: number) => `content of file ${at}`.repeat(at);
  const nameIn = {
    message: (sha256: string) => ({ stream: "room/r1", event: attached(sha256) }),
    gate: (sha256: string) => ({ stream: "room/r2", event: { type: "gate.opened", content: attached(sha256) } }),
    journal: (sha256: string) => ({ stream: "agent/r1/coder", event: { type: "tool.result", blob: sha256 } }),
  };

  async function holds(steps: readonly Step[], make: MakeBlobs): Promise<void> {
    const { blobs, clock, collection, append } = createStore(make);
    const named = new Set<string>();
    const put = (at: number) => blobs.put(bytesOf(contentOf(at)));
    const expectReadable = async (content: string) =>
      expect(String(await readBlob(blobs, hashOf(content)))).toBe(content);
    const take: { [T in Step["type"]]: (step: Extract<Step, { type: T }>) => unknown } = {
      put: ({ file }) => put(file),
      pass: ({ hours }) => clock.advance(hours * 3_600_000),
      /** Only files that no log names are removed on purpose. */
      remove: ({ file }) => !named.has(contentOf(file)) && blobs.remove(hashOf(contentOf(file))),
      /** A file is put just before a log names it. */
      name: async ({ file, how }) => {
        const { stream, event } = nameIn[how](await put(file));
        await append(stream, event);
        named.add(contentOf(file));
      },
      sweep: async ({ putMeanwhile }) => {
        const putting = putMeanwhile === undefined ? undefined : put(putMeanwhile);
        await Promise.all([collection.run(), putting]);
        if (putMeanwhile !== undefined) await expectReadable(contentOf(putMeanwhile));
      },
    };
    for (const taken of steps) {
      await (take[taken.type] as (step: Step) => unknown)(taken);
      for (const content of named) await expectReadable(content);
    }
  }

  test("keeps every named file readable, byte for byte, in memory", async () => {
    const law = fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) =>
      holds(steps, (clock) => createMemoryBlobs({ clock })),
    );
    await fc.assert(law, { numRuns: 300 });
  });

  test("keeps every named file readable, byte for byte, in a folder", async () => {
    const law = fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const dir = await mkdtemp(join(tmpdir(), "parley-collect-"));
      dirs.push(dir);
      await holds(steps, (clock) => createFileBlobs({ dir, clock }));
    });
    await fc.assert(law, { numRuns: 25 });
  }, 60_000);
});
