import { describe, expect, test } from "vitest";
import type { Commit } from "../../src/core/room/commit.js";
import type { MessageSearch, MessagesFound, SearchIndex } from "../../src/ports/search-index.js";

/** Builds an index over a room whose log holds these commits, in this order. */
export type MakeSearchIndex = (roomId: string, commits: readonly Commit[]) => Promise<SearchIndex>;

const roomId = "r1";
const startMs = 1_800_000_000_000;

/** A commit that posts these bodies, on top of the commit before. */
const posting = (version: number, bodies: readonly string[], from = "mia"): Commit => ({
  id: `c${version}`,
  version,
  parent: version === 1 ? "" : `c${version - 1}`,
  at: startMs + version,
  by: from,
  events: bodies.map((body, index) => ({
    ...{ type: "message.posted", messageId: `m${version}.${index}`, from, to: "room", body, class: "deliver", hop: 0 },
  })),
});

const topOf = (commits: readonly Commit[]) => {
  const last = commits.at(-1);
  return { version: last?.version ?? 0, commitId: last?.id ?? "" };
};

const bodies = ({ messages }: MessagesFound) =>
  messages.flatMap(({ event }) => (event.type === "message.posted" ? [event.body] : []));

/** Reads pages until the last. */
async function findAll(index: SearchIndex, search: MessageSearch): Promise<{ found: string[]; pages: number }> {
  const found: string[] = [];
  for (let { before } = search, pages = 1; ; pages += 1) {
    const page = await index.find({ ...search, before });
    expect(page.messages.length).toBeLessThanOrEqual(search.limit);
    found.push(...bodies(page));
    if (!page.next) return { found, pages };
    before = page.next;
  }
}

export function testSearchIndexContract(name: string, make: MakeSearchIndex): void {
  describe(`${name} as SearchIndex`, () => {
    test("finds the newest messages first, by part of the text or by sender, in any case", async () => {
      const commits = [posting(1, ["Needle one"]), posting(2, ["hay"], "max"), posting(3, ["a NEEDLE two", "hay"])];
      const index = await make(roomId, commits);
      const find = async (containing?: string) =>
        bodies(await index.find({ roomId, top: topOf(commits), containing, limit: 10 }));
      expect(await find("needle")).toEqual(["a NEEDLE two", "Needle one"]);
      expect(await find("MAX")).toEqual(["hay"]);
      expect(await find()).toEqual(["hay", "a NEEDLE two", "hay", "Needle one"]);
      expect(await find("nothing")).toEqual([]);
    });

    test("finds questions to people and their answers where it is asked to", async () => {
      const asked = {
        type: "gate.opened",
        gateId: "a-1",
        kind: "question",
        from: "coder",
        body: "Which needle?",
        hash: "h",
        why: "coder asks",
      };
      const held = { ...asked, gateId: "g-1", kind: "message", to: "room", body: "held needle" };
      const answered = { type: "gate.resolved", gateId: "a-1", kind: "question", outcome: "answered", by: "mia" };
      const written = { ...posting(1, ["x"]).events[0], body: "needle, by message", gateId: "g-2" };
      const commit = (version: number, events: object[]): Commit => ({
        ...posting(version, []),
        events: events as Commit["events"],
      });
      const commits = [
        commit(1, [asked, held]),
        commit(2, [{ ...answered, body: "Which needle? the blue one" }]),
        commit(3, [{ ...answered, gateId: "a-2", answers: { "Which hay?": "no needle" } }]),
        commit(4, [{ ...answered, gateId: "a-3", outcome: "dropped", reason: "needle" }]),
        commit(5, [{ ...answered, gateId: "g-2", body: "needle, by message" }, written]),
      ];
      const index = await make(roomId, commits);
      const find = async (questions?: boolean) =>
        (await index.find({ roomId, top: topOf(commits), containing: "needle", questions, limit: 10 })).messages.map(
          ({ event, place }) => [event.type, place.version],
        );
      expect(await find()).toEqual([["message.posted", 5]]);
      expect(await find(true)).toEqual([
        ["message.posted", 5],
        ["gate.resolved", 3],
        ["gate.resolved", 2],
        ["gate.opened", 1],
      ]);
    });

    test("tells how far it looked, and nothing follows at the start of the log", async () => {
      const commits = [posting(1, ["one"]), posting(2, ["two"])];
      const index = await make(roomId, commits);
      const found = await index.find({ roomId, top: topOf(commits), limit: 5 });
      expect(found.lookedBackTo).toEqual({ version: 1, at: startMs + 1 });
      expect(found.next).toBeUndefined();
      expect(found.messages[0]).toMatchObject({ place: { version: 2, index: 0 }, at: startMs + 2 });
      const first = await index.find({ roomId, top: topOf(commits), limit: 1 });
      expect(first.lookedBackTo).toEqual({ version: 2, at: startMs + 2 });
      expect(first.next).toEqual({ version: 2, index: 0 });
    });

    test.each([1, 2, 3, 7])("gives every message once in pages of %i, also within one commit", async (limit) => {
      const commits = [1, 2, 3, 4].map((version) =>
        posting(
          version,
          ["a", "b", "c"].map((text) => `${text}${version}`),
        ),
      );
      const index = await make(roomId, commits);
      const { found } = await findAll(index, { roomId, top: topOf(commits), limit });
      expect(found).toEqual([4, 3, 2, 1].flatMap((version) => ["c", "b", "a"].map((text) => `${text}${version}`)));
    });

    test("leaves the commit out that a place without an index names, and begins at the top for a place beyond it", async () => {
      const commits = [1, 2, 3].map((version) => posting(version, [`m${version}`]));
      const index = await make(roomId, commits);
      const findBefore = async (version: number) =>
        bodies(await index.find({ roomId, top: topOf(commits), before: { version }, limit: 9 }));
      expect(await findBefore(3)).toEqual(["m2", "m1"]);
      expect(await findBefore(1)).toEqual([]);
      expect(await findBefore(50)).toEqual(["m3", "m2", "m1"]);
    });

    test("ends a call within its bound in a long log, and continues from there to distant hits", async () => {
      const commits = Array.from({ length: 1_500 }, (_, at) => posting(at + 1, [at === 2 ? "the needle" : "hay"]));
      const index = await make(roomId, commits);
      const { found } = await findAll(index, { roomId, top: topOf(commits), containing: "needle", limit: 5 });
      expect(found).toEqual(["the needle"]);
    });

    test("finds nothing in a room without messages, or without a log", async () => {
      const index = await make(roomId, []);
      const found = await index.find({ roomId, top: { version: 0, commitId: "" }, limit: 5 });
      expect(found).toMatchObject({ messages: [] });
      expect(found.next).toBeUndefined();
    });
  });
}
