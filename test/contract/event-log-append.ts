import { expect, test } from "vitest";
import type { Commit } from "../../src/core/room/commit.js";
import type { AppendResult, EventLog } from "../../src/ports/event-log.js";
import { commitsOn, headOf, idsOf, range, versionsOf } from "../support/commits.js";
import type { EventLogContract, LogOpener } from "./event-log.js";

const appended: AppendResult = { kind: "appended" };

export function describeAppend({ supports }: EventLogContract, opener: LogOpener): void {
  test("a stream that does not exist has no head and no entries", async () => {
    const { log } = await opener.open();
    expect(await log.head("room/none")).toBeUndefined();
    expect(await log.read("room/none")).toEqual([]);
    expect(await log.streams("")).toEqual([]);
  });

  test("an append is read back unchanged", async () => {
    const { log } = await opener.open();
    const commits = commitsOn(undefined, "a", 3);
    expect(await log.append("room/r1", commits)).toEqual(appended);
    expect(await log.read("room/r1")).toEqual(
      commits.map((commit) => ({ kind: "commit", version: commit.version, commit })),
    );
    expect(await log.head("room/r1")).toEqual({ version: 3, id: "a-3" });
  });

  test("later changes to the caller's objects do not reach the log", async () => {
    const { log } = await opener.open();
    const [commit] = commitsOn(undefined, "a") as [Commit];
    const before = structuredClone(commit);
    const appending = log.append("room/r1", [commit]);
    commit.by = "somebody else";
    await appending;
    const [entry] = await log.read("room/r1");
    expect(entry).toMatchObject({ commit: before });
    if (entry?.kind === "commit") entry.commit.by = "a reader";
    expect((await log.read("room/r1"))[0]).toMatchObject({ commit: before });
  });

  test("a wrong parent is refused with the head, and nothing changes", async () => {
    const { log } = await opener.open();
    await log.append("room/r1", commitsOn(undefined, "a", 2));
    const head = { version: 2, id: "a-2" };
    const onNothing = commitsOn(undefined, "b", 1);
    const onVoid = commitsOn({ version: 2, id: "void-2" }, "b", 2);
    const onPast = commitsOn({ version: 1, id: "a-1" }, "b", 3);
    const onFuture = commitsOn({ version: 7, id: "a-7" }, "b", 1);
    for (const stale of [onNothing, onVoid, onPast, onFuture]) {
      expect(await log.append("room/r1", stale)).toEqual({ kind: "conflict", head });
    }
    expect(await log.append("room/new", onFuture)).toEqual({ kind: "conflict", head: undefined });
    expect(idsOf(await log.read("room/r1"))).toEqual(["a-1", "a-2"]);
    expect(await log.head("room/new")).toBeUndefined();
  });

  test("a batch that is not a chain is the caller's bug, and nothing of it is stored", async () => {
    const { log } = await opener.open();
    const [first, second] = commitsOn(undefined, "a", 2) as [Commit, Commit];
    await expect(log.append("room/r1", [])).rejects.toThrow();
    await expect(log.append("room/r1", [first, { ...second, version: 3 }])).rejects.toThrow();
    await expect(log.append("room/r1", [first, { ...second, parent: "elsewhere" }])).rejects.toThrow();
    await expect(log.append("room/r1", [{ ...first, version: 2 }])).rejects.toThrow();
    expect(await log.read("room/r1")).toEqual([]);
    expect(await log.append("room/r1", [first, second])).toEqual(appended);
  });

  test("a large batch is stored whole", async () => {
    const { log } = await opener.open();
    expect(await log.append("room/r1", commitsOn(undefined, "a", 700))).toEqual(appended);
    expect(await log.head("room/r1")).toEqual({ version: 700, id: "a-700" });
    expect(versionsOf(await log.read("room/r1", { after: 400 }))).toEqual(range(401, 700));
  });

  test("a large commit is stored whole", async () => {
    const { log } = await opener.open();
    const body = "é".repeat(700_000);
    const [commit] = commitsOn(undefined, "a") as [Commit];
    const large = { ...commit, events: [{ type: "message.posted", body }] };
    expect(await log.append("room/r1", [large])).toEqual(appended);
    expect(await log.read("room/r1")).toEqual([{ kind: "commit", version: 1, commit: large }]);
  });

  test("a retried append is acknowledged and not stored again, also when others followed", async () => {
    const { log } = await opener.open();
    const commits = commitsOn(undefined, "a", 2);
    await log.append("room/r1", commits);
    expect(await log.append("room/r1", commits)).toEqual(appended);
    await log.append("room/r1", commitsOn({ version: 2, id: "a-2" }, "b", 3));
    expect(await log.append("room/r1", commits)).toEqual(appended);
    expect(idsOf(await log.read("room/r1"))).toEqual(["a-1", "a-2", "b-3", "b-4", "b-5"]);
  });

  test("a retry at the same time as the first try is not stored again", async () => {
    const { log } = await opener.open();
    const commits = commitsOn(undefined, "a", 2);
    const results = await Promise.all([log.append("room/r1", commits), log.append("room/r1", commits)]);
    expect(results).toEqual([appended, appended]);
    expect(versionsOf(await log.read("room/r1"))).toEqual([1, 2]);
  });

  test("a batch that is stored only in part is a conflict", async () => {
    const { log } = await opener.open();
    const commits = commitsOn(undefined, "a", 3);
    await log.append("room/r1", commits.slice(0, 2));
    const result = await log.append("room/r1", commits);
    expect(result).toEqual({ kind: "conflict", head: { version: 2, id: "a-2" } });
    expect(versionsOf(await log.read("room/r1"))).toEqual([1, 2]);
  });

  test("of two writers on one version one wins, and the other gets the head", async () => {
    const { log } = await opener.open();
    let head = await log.head("room/r1");
    for (let round = 0; round < 100; round += 1) {
      const batches = ["a", "b", "c"].map((writer) => commitsOn(head, `${writer}${round}`, 1 + (round % 3)));
      const results = await Promise.all(batches.map((batch) => log.append("room/r1", batch)));
      const winner = results.findIndex(({ kind }) => kind === "appended");
      const last = batches[winner]?.at(-1);
      if (last === undefined) throw new Error("nobody won");
      head = headOf(last);
      expect(await log.head("room/r1")).toEqual(head);
      const lost = results.filter((_, index) => index !== winner);
      expect(lost).toEqual([
        { kind: "conflict", head },
        { kind: "conflict", head },
      ]);
    }
  });

  test("racing writers that decide again all succeed, each exactly once", async () => {
    const { log } = await opener.open();
    const writers = range(1, 8).map((writer) =>
      appendEach(log, { stream: "room/r1", writer: `w${writer}`, count: 25 }),
    );
    const ids = (await Promise.all(writers)).flat();
    const stored = idsOf(await log.read("room/r1"));
    expect(stored).toHaveLength(200);
    expect([...stored].sort()).toEqual(ids.sort());
    expect(versionsOf(await log.read("room/r1"))).toEqual(range(1, 200));
  });

  test("appends to one stream that were submitted together are all made, in order", async () => {
    const { log } = await opener.open();
    const commits = commitsOn(undefined, "a", 40);
    const results = await Promise.all(commits.map((commit) => log.append("room/r1", [commit])));
    expect(results.every(({ kind }) => kind === "appended")).toBe(true);
    expect(versionsOf(await log.read("room/r1"))).toEqual(range(1, 40));
  });

  if (supports.faults.includes("loseNextAnswer")) describeLostAnswers(opener);
  if (supports.faults.includes("refuseNext")) describeRefusals(opener);

  test("a healthy log says so", async () => {
    const { log } = await opener.open();
    expect(await log.check()).toEqual({ ok: true });
    expect(await log.streams("")).toEqual([]);
  });
}

function describeLostAnswers(opener: LogOpener): void {
  test("an append whose answer was lost can be tried again", async () => {
    const opened = await opener.open();
    const commits = commitsOn(undefined, "a", 2);
    opened.loseNextAnswer?.();
    await expect(opened.log.append("room/r1", commits)).rejects.toMatchObject({ name: "PortError", retryable: true });
    expect(await opened.log.append("room/r1", commits)).toEqual(appended);
    expect(versionsOf(await opened.log.read("room/r1"))).toEqual([1, 2]);
  });
}

function describeRefusals(opener: LogOpener): void {
  test("an append that failed left nothing, and can be tried again", async () => {
    const opened = await opener.open();
    await opened.log.append("room/r1", commitsOn(undefined, "a"));
    const commits = commitsOn({ version: 1, id: "a-1" }, "b", 2);
    opened.refuseNext?.();
    await expect(opened.log.append("room/r1", commits)).rejects.toMatchObject({ name: "PortError", retryable: true });
    expect(await opened.log.head("room/r1")).toEqual({ version: 1, id: "a-1" });
    expect(versionsOf(await opened.log.read("room/r1"))).toEqual([1]);
    expect(await opened.log.append("room/r1", commits)).toEqual(appended);
  });
}

/** Appends `count` commits one by one, deciding again after each conflict. Gives their ids. */
async function appendEach(
  log: EventLog,
  { stream, writer, count }: { stream: string; writer: string; count: number },
): Promise<string[]> {
  const ids: string[] = [];
  let head = await log.head(stream);
  while (ids.length < count) {
    const [commit] = commitsOn(head, `${writer}.${ids.length}`) as [Commit];
    const result = await log.append(stream, [commit]);
    head = result.kind === "conflict" ? result.head : headOf(commit);
    if (result.kind === "appended") ids.push(commit.id);
  }
  return ids;
}
