import fc from "fast-check";
import { expect, test } from "vitest";
import { commitsOn, idsOf, range, versionsOf } from "../support/commits.js";
import type { LogOpener } from "./event-log.js";

export function describeRead(opener: LogOpener): void {
  test("a page holds 500 entries at most, and 500 by default", async () => {
    const { log } = await opener.open();
    await log.append("room/r1", commitsOn(undefined, "a", 600));
    expect(versionsOf(await log.read("room/r1"))).toEqual(range(1, 500));
    expect(versionsOf(await log.read("room/r1", { limit: 10_000 }))).toEqual(range(1, 500));
    expect(versionsOf(await log.read("room/r1", { reverse: true }))).toEqual(range(101, 600).reverse());
  });

  test("a page is the versions between after and before, either way", async () => {
    const { log } = await opener.open();
    await log.append("room/r1", commitsOn(undefined, "a", 300));
    await log.append("room/r2", commitsOn(undefined, "b", 5));
    const bound = fc.option(fc.integer({ min: 0, max: 305 }), { nil: undefined });
    const options = fc.record({
      after: bound,
      before: bound,
      limit: fc.option(fc.integer({ min: 1, max: 310 }), { nil: undefined }),
      reverse: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(options, async ({ after, before, limit, reverse }) => {
        const page = await log.read("room/r1", {
          ...(after === undefined ? {} : { after }),
          ...(before === undefined ? {} : { before }),
          ...(limit === undefined ? {} : { limit }),
          reverse,
        });
        const all = range(1, 300).filter((version) => version > (after ?? 0) && version < (before ?? 301));
        expect(versionsOf(page)).toEqual((reverse ? all.reverse() : all).slice(0, limit ?? 500));
      }),
      { numRuns: 200 },
    );
  });

  test("a page ends with the entry that brings it to `maxChars`, either way, and holds one entry at least", async () => {
    const { log } = await opener.open();
    const commits = commitsOn(undefined, "a", 40);
    await log.append("room/r1", commits);
    const sizes = commits.map((commit) => JSON.stringify(commit).length);
    const read = { maxChars: fc.integer({ min: 1, max: 4_000 }), after: fc.integer({ min: 0, max: 40 }) };
    await fc.assert(
      fc.asyncProperty(fc.record({ ...read, reverse: fc.boolean() }), async ({ maxChars, after, reverse }) => {
        const all = range(after + 1, 40);
        const page = versionsOf(await log.read("room/r1", { after, maxChars, reverse }));
        let chars = 0;
        const expected = (reverse ? all.reverse() : all).filter((version) => {
          const fits = chars < maxChars;
          chars += sizes[Number(version) - 1] ?? 0;
          return fits;
        });
        expect(page).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  test("pages bounded in characters add up to the whole stream", async () => {
    const { log } = await opener.open();
    await log.append("room/r1", commitsOn(undefined, "a", 300));
    const versions: number[] = [];
    for (let after = 0; ; after = versions.at(-1) ?? 0) {
      const page = await log.read("room/r1", { after, limit: 500, maxChars: 2_000 });
      if (page.length === 0) break;
      expect(page.length).toBeLessThan(50);
      versions.push(...versionsOf(page).map(Number));
    }
    expect(versions).toEqual(range(1, 300));
  });

  test("streams do not mix, whatever their names have in common", async () => {
    const { log } = await opener.open();
    const names = ["agent/r1/mia", "agent/r1/mia-2", "agent/r1/mia-22", "agent/r1", "agent/r10/mia-2", "inbox/slack"];
    for (const name of names) await log.append(name, commitsOn(undefined, name.replaceAll("/", "."), 3));
    for (const name of names) {
      const dotted = name.replaceAll("/", ".");
      expect(idsOf(await log.read(name))).toEqual([`${dotted}-1`, `${dotted}-2`, `${dotted}-3`]);
    }
  });

  test("streams are listed by prefix and name, with their heads", async () => {
    const { log } = await opener.open();
    for (const name of ["room/b", "room/a", "rooms", "room/a-2", "mirror/room/a", "room/~", "room/B"]) {
      await log.append(name, commitsOn(undefined, name, 2));
    }
    await log.append("room/a", commitsOn({ version: 2, id: "room/a-2" }, "more"));
    expect(await log.streams("room/")).toEqual([
      { stream: "room/B", version: 2, id: "room/B-2" },
      { stream: "room/a", version: 3, id: "more-3" },
      { stream: "room/a-2", version: 2, id: "room/a-2-2" },
      { stream: "room/b", version: 2, id: "room/b-2" },
      { stream: "room/~", version: 2, id: "room/~-2" },
    ]);
    expect((await log.streams("")).map(({ stream }) => stream)).toHaveLength(7);
    expect(await log.streams("none/")).toEqual([]);
  });

  test("a read during writes is a prefix of the later log", async () => {
    const { log } = await opener.open();
    const commits = commitsOn(undefined, "a", 300);
    let isWriting = true;
    const writing = (async () => {
      for (const commit of commits) await log.append("room/r1", [commit]);
      isWriting = false;
    })();
    let before = 0;
    while (isWriting) {
      const versions = versionsOf(await log.read("room/r1"));
      expect(versions).toEqual(range(1, versions.length));
      expect(versions.length).toBeGreaterThanOrEqual(before);
      before = versions.length;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await writing;
    expect(await log.read("room/r1")).toHaveLength(300);
  });

  test("an acknowledged append is readable at once", async () => {
    const { log } = await opener.open();
    for (const commit of commitsOn(undefined, "a", 50)) {
      await log.append("room/r1", [commit]);
      expect(await log.head("room/r1")).toEqual({ version: commit.version, id: commit.id });
      expect(idsOf(await log.read("room/r1", { after: commit.version - 1 }))).toEqual([commit.id]);
    }
  });
}
