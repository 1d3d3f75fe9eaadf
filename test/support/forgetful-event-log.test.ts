import { describe, expect, test } from "vitest";
import type { Commit } from "../../src/core/room/commit.js";
import type { Entry, EventLog, Head } from "../../src/ports/event-log.js";
import { commitsOn, headOf, range } from "./commits.js";
import { firstValidWins } from "./first-valid-wins.js";
import { createForgetfulEventLog } from "./forgetful-event-log.js";
import { seededRandom } from "./seeded-random.js";
import { until } from "./until.js";

const stream = "room/r1";

/** Keeps writing, now and then on top of an unconfirmed commit. Returns acknowledged and refused commits. */
async function write(options: { log: EventLog; writer: string; random: () => number }) {
  const { log, writer, random } = options;
  const acknowledged: string[] = [];
  const refused: string[] = [];
  let head: Head | undefined;
  for (let count = 0; count < 12; count += 1) {
    const batch = commitsOn(head, `${writer}.${count}`, 1 + Math.floor(random() * 3));
    const ids = batch.map(({ id }) => id);
    const result = await log.append(stream, batch).catch(() => undefined);
    if (result?.kind === "appended") acknowledged.push(...ids);
    if (result?.kind === "conflict") refused.push(...ids);
    const isHopeful = random() < 0.4;
    head = result?.kind === "appended" || isHopeful ? headOf(batch.at(-1) as Commit) : await log.head(stream);
  }
  return { acknowledged, refused };
}

async function readInPages(log: EventLog, limit: number): Promise<Commit[]> {
  const winners: Commit[] = [];
  while (true) {
    const last = winners.at(-1);
    const page = await log.read(stream, { after: last?.version ?? 0, limit });
    const won = firstValidWins(page, last);
    if (won.length === 0) return winners;
    winners.push(...won);
  }
}

describe("a log that forgets its guard", () => {
  test.each(range(1, 60))("has one truth for every reader, and keeps what it acknowledged (seed %i)", async (seed) => {
    const random = seededRandom(seed);
    const log = createForgetfulEventLog({ random, staleRate: 0.5, duplicateRate: 0.3, lostAnswerRate: 0.1 });
    const stop = new AbortController();
    const tailed: Entry[] = [];
    const tailing = (async () => {
      for await (const batch of log.tail(stream, 0, stop.signal)) tailed.push(...batch);
    })();
    const outcomes = await Promise.all(range(1, 4).map((n) => write({ log, writer: `w${n}`, random })));
    const raw = await log.read(stream);
    const truth = firstValidWins(raw);
    await until("the tail is there", () => tailed.length === raw.length);
    stop.abort();
    await tailing;

    const ids = truth.map(({ id }) => id);
    const voidIds = raw.flatMap((entry) =>
      entry.kind === "commit" && !ids.includes(entry.commit.id) ? [entry.commit.id] : [],
    );
    expect(truth.filter(({ parent }) => voidIds.includes(parent))).toEqual([]);
    expect(truth.map(({ version }) => version)).toEqual([...new Set(truth.map(({ version }) => version))]);
    expect(raw.length).toBeGreaterThan(truth.length);
    expect(firstValidWins(tailed)).toEqual(truth);
    expect(await readInPages(log, 100)).toEqual(truth);
    expect(await log.head(stream)).toEqual(headOf(truth.at(-1) as Commit));
    expect(new Set(ids).size).toBe(ids.length);
    for (const { acknowledged, refused } of outcomes) {
      expect(acknowledged.filter((id) => !ids.includes(id))).toEqual([]);
      expect(refused.filter((id) => ids.includes(id) && !acknowledged.includes(id))).toEqual([]);
    }
  });

  test("a batch that is void stays void to its end, however far its versions go", async () => {
    const log = createForgetfulEventLog({ random: () => 0, staleRate: 1, duplicateRate: 0, lostAnswerRate: 0 });
    await log.append(stream, commitsOn(undefined, "a"));
    expect(await log.append(stream, commitsOn(undefined, "void", 5))).toMatchObject({ kind: "conflict" });
    expect(await log.append(stream, commitsOn({ version: 5, id: "void-5" }, "more", 2))).toMatchObject({
      kind: "conflict",
    });
    expect(firstValidWins(await log.read(stream)).map(({ id }) => id)).toEqual(["a-1"]);
    expect(firstValidWins(await log.read(stream, { after: 1 }), { version: 1, id: "a-1" })).toEqual([]);
  });

  test("ignores a commit with the right version but a superseded parent", async () => {
    const log = createForgetfulEventLog({ random: () => 0, staleRate: 1, duplicateRate: 0, lostAnswerRate: 0 });
    await log.append(stream, commitsOn(undefined, "a"));
    expect(await log.append(stream, commitsOn(undefined, "void", 2))).toMatchObject({ kind: "conflict" });
    const raw = await log.read(stream);
    expect(raw.map(({ version }) => version)).toEqual([1, 1, 2]);
    expect(firstValidWins(raw).map(({ id }) => id)).toEqual(["a-1"]);
  });
});
