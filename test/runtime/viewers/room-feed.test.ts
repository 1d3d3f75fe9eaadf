import { PassThrough, type Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createRandomIds } from "../../../adapters/memory/ids.js";
import type { Entry, EventLog } from "../../../src/ports/event-log.js";
import { parsePosition } from "../../../src/runtime/rooms/log-position.js";
import { firstValidWins } from "../../support/first-valid-wins.js";
import { createForgetfulEventLog } from "../../support/forgetful-event-log.js";
import { assembleInMemory } from "../../support/memory-parts.js";
import { until } from "../../support/until.js";

const roomId = "0123456789";
const admin = { kind: "admin" } as const;

async function setUp(eventLog: EventLog) {
  const ids = createRandomIds();
  const { rooms, feeds } = assembleInMemory({ eventLog, ids, onlyNode: false }).parts;
  const created = {
    type: "room.create",
    by: admin,
    name: "r",
    owner: "host",
    agents: [],
    policy: {},
    invites: [],
  } as const;
  await rooms.execute(roomId, { ...created, agents: [], invites: [] });
  const say = (body: string) =>
    rooms.execute(roomId, { type: "message.post", by: admin, messageId: ids.next(), body, to: ["host"] });
  const watch = async (after?: string) => {
    const position = after === undefined ? undefined : parsePosition(after);
    const stream = new PassThrough();
    const standing = () => ({ role: "owner", audience: "all" }) as const;
    const isOpen = await feeds.open({ roomId, standing, ...(position && { position }) }, () => stream);
    if (!isOpen) throw new Error("nothing to see");
    return stream;
  };
  return { rooms, feeds, say, watch };
}

/** Bodies of the messages up to the one that says `end`. */
async function bodies(stream: Readable, end: string): Promise<string[]> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes(`"body":"${end}"`)) break;
  }
  const frames = [...text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json ?? ""));
  return frames.filter(({ type }) => type === "message.posted").map(({ body }) => body);
}

async function allOf(log: EventLog): Promise<Entry[]> {
  const controller = new AbortController();
  for await (const entries of log.tail(`room/${roomId}`, 0, controller.signal)) return entries;
  return [];
}

describe("the feed of a room", () => {
  test("shows each commit once over a log that holds duplicates and void ones, live and from history", async () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const log = createForgetfulEventLog({ random, staleRate: 0.3, duplicateRate: 0.3, lostAnswerRate: 0.1 });
    const one = await setUp(log);
    const two = await setUp(log).catch(() => undefined);
    const live = bodies(await one.watch(), "end");
    const said: string[] = [];
    for (let n = 0; n < 60; n++) {
      const writers = n % 3 === 0 && two ? [one, two] : [one];
      const results = await Promise.allSettled(writers.map(({ say }, at) => say(`m${n}.${at}`)));
      for (const [at, { status }] of results.entries()) if (status === "fulfilled") said.push(`m${n}.${at}`);
    }
    await one.say("end");
    const seen = await live;
    const raw = await allOf(log);
    const winning = firstValidWins(raw);
    expect(raw.length).toBeGreaterThan(winning.length + 20);
    const winners = winning.flatMap(({ events }) => events);
    const counted = winners.flatMap((event) =>
      event.type === "message.posted" && "body" in event ? [event.body] : [],
    );
    expect(seen).toEqual(counted);
    // Unacknowledged messages may be there as well: only their writer does not know.
    expect(seen).toEqual(expect.arrayContaining(said));
    expect(await bodies(await one.watch("0"), "end")).toEqual(seen);
    one.feeds.close();
  }, 180_000);

  test("continues at its position when the room moves between two nodes", async () => {
    const log = createMemoryEventLog();
    const one = await setUp(log);
    const two = await setUp(log);
    const live = bodies(await one.watch(), "end");
    for (let n = 0; n < 20; n++) await (n % 2 === 0 ? one : two).say(`m${n}`);
    await two.say("end");
    expect(await live).toEqual([...Array.from({ length: 20 }, (_, n) => `m${n}`), "end"]);
  });

  test("delivers everything once, in order, to each of a growing number of viewers while the room continues", async () => {
    const { feeds, say, watch } = await setUp(createMemoryEventLog());
    const said = Array.from({ length: 40 }, (_, n) => `m${n}`);
    const seen: { from: number; bodies: Promise<string[]> }[] = [];
    for (let n = 0; n < 90; n++) seen.push({ from: 0, bodies: bodies(await watch(), "end") });
    for (const [from, body] of said.entries()) {
      seen.push({ from, bodies: bodies(await watch(), "end") });
      seen.push({ from: 0, bodies: bodies(await watch("0"), "end") });
      await say(body);
    }
    await say("end");
    for (const { from, bodies } of seen) expect(await bodies).toEqual([...said.slice(from), "end"]);
    await until("all are gone", () => feeds.viewers() === 0);
  });

  test("is empty for viewers without rights, and for rooms that do not exist", async () => {
    const { feeds } = await setUp(createMemoryEventLog());
    const start = () => {
      throw new Error("a response was started");
    };
    expect(await feeds.open({ roomId, standing: () => undefined }, start)).toBe(false);
    const standing = () => ({ role: "owner", audience: "all" }) as const;
    expect(await feeds.open({ roomId: "nowhere000", standing }, start)).toBe(false);
    expect(feeds.viewers()).toBe(0);
  });
});
