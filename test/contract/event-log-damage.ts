import { expect, test } from "vitest";
import type { Commit } from "../../src/core/room/commit.js";
import type { Entry } from "../../src/ports/event-log.js";
import { commitsOn, range, versionsOf } from "../support/commits.js";
import { until } from "../support/until.js";
import type { LogOpener } from "./event-log.js";

const kindsOf = (entries: readonly Entry[]) => entries.map(({ kind, version }) => `${version} ${kind}`);

export function describeDamage(opener: LogOpener): void {
  const [third] = commitsOn({ version: 2, id: "a-2" }, "x") as [Commit];
  test.each([
    ["no JSON", '{"id":"a-3","ver'],
    ["nothing", ""],
    ["JSON but no commit", '{"hello":"there"}'],
    ["a commit of another version", JSON.stringify({ ...third, version: 9 })],
    ["bytes that are not text", "\u0000\ufffd\u0001"],
  ])("an entry that holds %s stays in its place, and the ones around it are read", async (_, text) => {
    const opened = await opener.open();
    if (opened.plant === undefined) throw new Error("an adapter needs a way to plant raw text");
    const commits = commitsOn(undefined, "a", 5);
    await opened.log.append("room/r1", commits);
    await opened.plant("room/r1", [{ version: 3, id: "a-3", text }]);
    const { log } = opened;
    const expected = ["1 commit", "2 commit", "3 unreadable", "4 commit", "5 commit"];
    expect(kindsOf(await log.read("room/r1"))).toEqual(expected);
    expect(kindsOf(await log.read("room/r1", { reverse: true }))).toEqual([...expected].reverse());
    expect(kindsOf(await log.read("room/r1", { after: 2, limit: 2 }))).toEqual(["3 unreadable", "4 commit"]);
    expect((await log.read("room/r1", { after: 2, limit: 1 }))[0]).toMatchObject({
      position: expect.stringMatching(/./),
      reason: expect.stringMatching(/./),
    });
    const stop = new AbortController();
    const seen: Entry[] = [];
    const ended = (async () => {
      for await (const batch of log.tail("room/r1", 0, stop.signal)) seen.push(...batch);
    })();
    await log.append("room/r1", commitsOn({ version: 5, id: "a-5" }, "b"));
    await until("all six came", () => seen.length >= 6);
    stop.abort();
    await ended;
    expect(kindsOf(seen)).toEqual([...expected, "6 commit"]);
  });

  test("returns a gap in the versions as it is, and appends continue after it", async () => {
    const opened = await opener.open();
    if (opened.plant === undefined) throw new Error("an adapter needs a way to plant raw text");
    await opened.log.append("room/r1", commitsOn(undefined, "a", 3));
    const behind = commitsOn({ version: 6, id: "lost-6" }, "a", 2);
    await opened.plant(
      "room/r1",
      behind.map((commit) => ({ version: commit.version, id: commit.id, text: JSON.stringify(commit) })),
    );
    const { log } = opened;
    expect(versionsOf(await log.read("room/r1"))).toEqual([1, 2, 3, 7, 8]);
    expect(versionsOf(await log.read("room/r1", { after: 3 }))).toEqual([7, 8]);
    expect(versionsOf(await log.read("room/r1", { before: 7, reverse: true }))).toEqual([3, 2, 1]);
    expect(await log.head("room/r1")).toEqual({ version: 8, id: "a-8" });
    expect(await log.append("room/r1", commitsOn({ version: 8, id: "a-8" }, "b", 2))).toEqual({ kind: "appended" });
    const seen: Entry[] = [];
    const stop = new AbortController();
    for await (const batch of log.tail("room/r1", 2, stop.signal)) {
      seen.push(...batch);
      if (seen.at(-1)?.version === 10) stop.abort();
    }
    expect(versionsOf(seen)).toEqual([3, ...range(7, 10)]);
  });
}
