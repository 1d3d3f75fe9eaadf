import { expect, test } from "vitest";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createSeededIds } from "../../../adapters/memory/ids.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createAgentJournal, type JournalEvent } from "../../../src/runtime/agents/journal.js";
import { driveClock } from "../../support/drive-clock.js";
import { type AppendStep, faultyAppend } from "../../support/faulty-append.js";

const stream = "agent/room1/coder";

function openJournal(plan: readonly AppendStep[]) {
  const log = createMemoryEventLog();
  const clock = createManualClock(1_000);
  const logger = createMemoryLogger();
  const { append, tried } = faultyAppend(log, plan);
  const told: [roomId: string, text: string][] = [];
  const journal = createAgentJournal({
    eventLog: { ...log, append },
    clock,
    ids: createSeededIds(1),
    logger,
    onLoss: (...lost) => void told.push(lost),
  });
  return { log, clock, logger, journal, tried, told };
}

const notice = (text: string): JournalEvent => ({ type: "notice", text });

async function textsIn({ log }: ReturnType<typeof openJournal>): Promise<string[]> {
  const entries = await log.read(stream);
  const events = entries.flatMap((entry) => (entry.kind === "commit" ? (entry.commit.events as JournalEvent[]) : []));
  return events.flatMap((event) => (event.type === "notice" ? [event.text] : []));
}

test.each<[name: string, plan: AppendStep[]]>([
  ["another process writes it three times first", ["conflict", "conflict", "conflict"]],
  ["the answer to an append is lost", ["lost"]],
  ["the log is away for a moment", ["away", "away"]],
])("a journal keeps every entry once and in order when %s", async (_name, plan) => {
  const opened = openJournal(plan);
  for (const text of ["one", "two", "three"]) {
    opened.journal.record(stream, "coder", notice(text));
    await driveClock(opened.clock, opened.journal.flush());
  }
  expect(await textsIn(opened)).toEqual(["one", "two", "three"]);
  expect(opened.logger.records).toEqual([]);
});

test("a failing journal drops its entries with a warning, names the gap, and the agent continues", async () => {
  const opened = openJournal(["refused"]);
  opened.journal.record(stream, "coder", notice("one"));
  await driveClock(opened.clock, opened.journal.flush());
  opened.journal.record(stream, "coder", notice("two"));
  await driveClock(opened.clock, opened.journal.flush());
  expect(await textsIn(opened)).toEqual([expect.stringMatching(/^1 entry is missing here/), "two"]);
  expect(opened.logger.records).toMatchObject([{ level: "warn", fields: { stream, events: 1 } }]);
  expect(opened.told).toMatchObject([["room1", expect.stringContaining("messages are delivered as before")]]);
});

test("a journal that stays away is said once, to the log and to each room, and again an hour later", async () => {
  const opened = openJournal(Array.from({ length: 9 }, () => "refused" as const));
  const loseIn = async (room: string) => {
    opened.journal.record(`agent/${room}/coder`, "coder", notice("lost"));
    await driveClock(opened.clock, opened.journal.flush());
  };
  for (const room of ["room1", "room1", "room2", "room1", "room2"]) await loseIn(room);
  expect(opened.told.map(([room]) => room)).toEqual(["room1", "room2"]);
  expect(opened.logger.records.filter(({ level }) => level === "warn")).toHaveLength(1);
  opened.clock.advance(3_600_000);
  await loseIn("room1");
  expect(opened.told.map(([room]) => room)).toEqual(["room1", "room2", "room1"]);
});

test("a record that was lost in pieces has one notice with their number where it goes on", async () => {
  const opened = openJournal(["refused", "refused"]);
  for (const text of ["one", "two", "three", "four"]) {
    opened.journal.record(stream, "coder", notice(text));
    await driveClock(opened.clock, opened.journal.flush());
  }
  expect(await textsIn(opened)).toEqual([expect.stringMatching(/^2 entries are missing here/), "three", "four"]);
});

test("entries recorded while the log is down wait as one write, after any number of flushes", async () => {
  const opened = openJournal(["away"]);
  opened.journal.record(stream, "coder", notice("one"));
  const flushed = [opened.journal.flush()];
  for (let number = 2; number <= 20; number++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    opened.journal.record(stream, "coder", notice(String(number)));
    flushed.push(opened.journal.flush());
  }
  await driveClock(opened.clock, Promise.all(flushed));
  expect(await textsIn(opened)).toHaveLength(20);
  expect(opened.tried).toHaveLength(3);
});
