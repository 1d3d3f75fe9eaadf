import { describe, expect, test } from "vitest";
import { typedAgain, withQuote } from "../../adapters/web/client/composer-ask.js";
import { lineText } from "../../adapters/web/client/line-text.js";
import { isStillMine, isTakenBack } from "../../adapters/web/client/message-standing.js";
import type { LineContent, LineEntry, MessageEntry, TimelineEntry } from "../../adapters/web/client/room-state.js";
import { filteredEntries } from "../../adapters/web/client/timeline-filter.js";
import { foldRuns, timelineRowsOf } from "../../adapters/web/client/timeline-rows.js";
import { readAfter, readingFrom } from "../../adapters/web/client/unread.js";
import { keptPlace } from "../../adapters/web/client/unread-place.js";

const message = (version: number, more: Partial<MessageEntry> = {}): MessageEntry => ({
  kind: "message",
  id: `m${version}`,
  from: "coder",
  to: "room",
  body: "x",
  class: "deliver",
  at: version * 1_000,
  version,
  index: 0,
  delivery: {},
  ...more,
});
const line = (version: number, content: LineContent): LineEntry => ({
  kind: "line",
  id: `${version}.0`,
  at: version * 1_000,
  version,
  index: 0,
  severity: "info",
  line: content,
});
const asked = { what: "asked", gateId: "g1", gateKind: "question", from: "coder", text: "Red or blue?" } as const;
const decided = { what: "gate", gateId: "g1", gateKind: "question", outcome: "answered", by: "mia" } as const;
const rowsOf = (entries: readonly TimelineEntry[]) =>
  timelineRowsOf(entries, { unreadFrom: undefined, dayOf: () => "today" }).slice(1);

describe("a question", () => {
  test("stands where it was asked, with its text, and its answer where it was given", () => {
    const rows = rowsOf([line(1, asked), message(2), line(3, decided)]);
    expect(rows.map(({ key }) => key)).toEqual(["1.0", "m2", "3.0"]);
    expect(lineText(asked)).toEqual({ text: "coder asks", detail: "Red or blue?" });
    const tool = { what: "asked", gateId: "g", gateKind: "tool", from: "coder", tool: "Bash", text: "ls" } as const;
    expect(lineText(tool)).toEqual({ text: "coder wants to use Bash", detail: "ls" });
  });

  test("that is decided before anything else happens is one line with its decision, at its own time", () => {
    const rows = rowsOf([line(1, asked), line(2, { ...decided, from: "coder" })]);
    expect(rows).toMatchObject([{ kind: "line", entry: { at: 1_000, line: { what: "gate" } } }]);
    expect(rowsOf([line(1, asked), line(2, { ...decided, gateId: "g2" })])).toHaveLength(2);
  });
});

describe("a long exchange between two agents", () => {
  const agents = new Set(["coder", "reviewer"]);
  const turnOf = (at: number) => (at % 2 === 0 ? ["coder", "reviewer"] : ["reviewer", "coder"]);
  const exchange = (count: number, first = 1) =>
    Array.from({ length: count }, (_, at) => {
      const [from = "", to = ""] = turnOf(at);
      return message(first + at, { from, to: [to] });
    });
  const fold = (entries: readonly TimelineEntry[], isOpen = () => false) =>
    foldRuns(rowsOf(entries), { agents, isOpen }).map((row) => (row.kind === "folded" ? row.count : row.key));

  test("is folded in its middle, and shown whole when a person opens it", () => {
    expect(fold(exchange(12))).toEqual(["m1", "m2", 7, "m10", "m11", "m12"]);
    expect(fold(exchange(12), () => true)).toHaveLength(12);
    expect(fold(exchange(8))).toHaveLength(8);
  });

  test("keeps the key of its fold while it goes on, so that an open one stays open", () => {
    const keyOf = (count: number) =>
      foldRuns(rowsOf(exchange(count)), { agents, isOpen: () => false }).find(({ kind }) => kind === "folded")?.key;
    expect(keyOf(12)).toBe("folded-m3");
    expect(keyOf(20)).toBe(keyOf(12));
  });

  test("ends where a person speaks, where it goes to the room, and at a quiet line", () => {
    const split = (entry: TimelineEntry) => fold([...exchange(6), entry, ...exchange(6, 8)]);
    expect(split(message(7, { from: "mia", to: ["coder"] }))).toHaveLength(13);
    expect(split(message(7, { from: "coder" }))).toHaveLength(13);
    expect(split(line(7, { what: "paused" }))).toHaveLength(13);
  });
});

describe("the filter of a conversation", () => {
  const entries = [
    message(1, { from: "mia", to: ["coder"] }),
    message(2, { from: "coder", to: ["reviewer"] }),
    message(3, { from: "reviewer", body: "ask @mia, not @miau" }),
    message(4, { from: "reviewer", body: "ask @miau or a@mia-2" }),
    line(5, { ...decided, from: "coder" }),
    line(6, { what: "paused" }),
  ];
  const shown = (about: string) => filteredEntries(entries, { about }).map(({ version }) => version);

  test("shows what somebody said, was told, is named in or decided", () => {
    expect(filteredEntries(entries, "everything")).toBe(entries);
    expect(shown("mia")).toEqual([1, 3, 5]);
    expect(shown("coder")).toEqual([1, 2, 5]);
    expect(shown("reviewer")).toEqual([2, 3, 4]);
  });
});

describe("a message in the box", () => {
  const room = {
    participants: [{ name: "coder", displayName: "coder", kind: "agent", role: "coder", status: "idle" }],
  };
  const typed = (to: MessageEntry["to"], body: string) => typedAgain({ to, body }, room as never);

  test("is quoted line by line, addressed to its sender, and behind a draft that is there", () => {
    expect(withQuote("", { from: "coder", body: "one\n\ntwo" }, { me: "mia" })).toBe("@coder\n> one\n>\n> two\n\n");
    expect(withQuote("", { from: "mia", body: "one" }, { me: "mia" })).toBe("> one\n\n");
    expect(withQuote("so: ", { from: "coder", body: "one" }, { me: "mia" })).toBe("so:\n\n> one\n\n");
    const long = Array.from({ length: 40 }, (_, at) => String(at)).join("\n");
    expect(withQuote("", { from: "mia", body: long }, { me: "mia" })).toContain("> 11\n> …\n");
  });

  test("is typed again with the names it went to", () => {
    expect(typed(["coder"], "fix it")).toBe("@coder fix it");
    expect(typed("room", "hello")).toBe("hello");
    expect(typed("room", "@coder is a name")).toBe("@room @coder is a name");
  });

  test("is still the person's own until an agent takes it", () => {
    const mine = (delivery: MessageEntry["delivery"]) => isStillMine(message(1, { from: "mia", delivery }), "mia");
    expect(mine({ coder: "queued", reviewer: "queued" })).toBe(true);
    expect(mine({ coder: "queued", reviewer: "delivered" })).toBe(false);
    expect(mine({ coder: "withdrawn" })).toBe(false);
    expect(mine({})).toBe(false);
    expect(isStillMine(message(1, { delivery: { coder: "queued" } }), "mia")).toBe(false);
    expect(isTakenBack({ delivery: { coder: "withdrawn" } })).toBe(true);
  });
});

describe("the next visit to a room", () => {
  test("marks what others wrote since the place that was read", () => {
    const entries = [message(1), message(2), message(3, { from: "mia" }), message(4)];
    const from = (seen: { version: number; index: number } | undefined) => readingFrom(seen, { entries, me: "mia" });
    expect(from({ version: 1, index: 0 }).unreadFrom).toBe("m2");
    expect(from({ version: 4, index: 0 }).unreadFrom).toBeUndefined();
    expect(from(undefined).unreadFrom).toBeUndefined();
  });

  test("keeps the mark while earlier messages are read, and drops it when the page is hidden", () => {
    const entries = [message(1), message(2)];
    const opened = { ...readingFrom({ version: 1, index: 0 }, { entries, me: "mia" }) };
    const scrolled = readAfter(opened, { entries, me: "mia", isPresent: false, isHidden: false });
    expect(scrolled.unreadFrom).toBe("m2");
    expect(readAfter(opened, { entries, me: "mia", isPresent: false, isHidden: true }).unreadFrom).toBeUndefined();
  });

  test("finds that place under the person's own name, and nothing in storage that cannot be used", () => {
    const stored = new Map<string, string>();
    const storage = () => ({
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
    });
    const mine = keptPlace({ roomId: "r1", me: "mia" }, storage);
    mine.keep({ version: 12, index: 3 });
    expect(mine.read()).toEqual({ version: 12, index: 3 });
    expect(keptPlace({ roomId: "r1", me: "tom" }, storage).read()).toBeUndefined();
    stored.set("parley.seen.r1.mia", "nonsense");
    expect(mine.read()).toBeUndefined();
    const broken = keptPlace({ roomId: "r1", me: "mia" }, () => {
      throw new Error("switched off");
    });
    broken.keep({ version: 1, index: 0 });
    expect(broken.read()).toBeUndefined();
  });
});
