import { describe, expect, test } from "vitest";
import { choicesFor, complete, completionAt } from "../../adapters/web/client/completion.js";
import { inputFields, isJsonObject, prettyJson } from "../../adapters/web/client/gate-input.js";
import { hueCount, hueOf, huesOf } from "../../adapters/web/client/identity.js";
import { codeIn, inviteLink } from "../../adapters/web/client/invite-link.js";
import { lineText } from "../../adapters/web/client/line-text.js";
import { problemText } from "../../adapters/web/client/problem-text.js";
import type { MessageEntry, TimelineEntry } from "../../adapters/web/client/room-state.js";
import { duration } from "../../adapters/web/client/time.js";
import { timelineRowsOf } from "../../adapters/web/client/timeline-rows.js";
import { nothingRead, readAfter, unseen } from "../../adapters/web/client/unread.js";
import { afterAppend, createRowHeights, endWindow, windowAt } from "../../adapters/web/client/virtual-rows.js";
import { initialsOf } from "../../src/core/face/initials.js";
import type { ParticipantView } from "../../src/core/room/view.js";

const message = (version: number, more: Partial<MessageEntry> = {}): MessageEntry => ({
  kind: "message",
  id: `m${version}`,
  from: "coder",
  to: "room",
  body: "x",
  class: "deliver",
  at: version * 60_000,
  version,
  index: 0,
  delivery: {},
  ...more,
});
const line = (version: number): TimelineEntry => ({
  kind: "line",
  id: `${version}.0`,
  at: version * 60_000,
  version,
  index: 0,
  severity: "info",
  line: { what: "created" },
});

describe("the rows of a timeline", () => {
  const dayOf = (at: number) => String(Math.floor(at / 600_000));
  const shape = (entries: TimelineEntry[], unreadFrom?: string) =>
    timelineRowsOf(entries, { unreadFrom, dayOf }).map((row) =>
      row.kind === "group" ? row.messages.map(({ id }) => id).join("+") : row.kind,
    );

  test("consecutive messages of one sender to the same people form a group for five minutes", () => {
    expect(shape([message(1), message(2), message(3, { to: ["mia"] }), message(4, { to: ["mia"] })])).toEqual([
      "day",
      "m1+m2",
      "m3+m4",
    ]);
    expect(shape([message(1), message(2, { from: "mia" }), message(3)])).toEqual(["day", "m1", "m2", "m3"]);
    expect(shape([message(1), message(7)])).toEqual(["day", "m1", "m7"]);
    expect(shape([message(1), line(2), message(3)])).toEqual(["day", "m1", "line", "m3"]);
  });

  test("a long run of one sender is split, and older messages move no border", () => {
    const talk = Array.from({ length: 40 }, (_, at) => message(at, { at: at * 1_000 }));
    const keys = timelineRowsOf(talk, { unreadFrom: undefined, dayOf }).map(({ key }) => key);
    expect(keys).toEqual(["day-0", "m0", "m12", "m24", "m36"]);
    expect(timelineRowsOf(talk.slice(15), { unreadFrom: undefined, dayOf }).map(({ key }) => key)).toEqual([
      "day-0",
      "m15",
      "m24",
      "m36",
    ]);
  });

  test("agents that came together share one line; an agent that came alone, or a person, has its own", () => {
    const joined = (name: string, version: number, participant: "agent" | "human" = "agent"): TimelineEntry => ({
      ...(line(version) as Extract<TimelineEntry, { kind: "line" }>),
      id: `${version}.${name}`,
      line: { what: "joined", name, participant, role: participant === "agent" ? "coder" : "member" },
    });
    const entries = [joined("mia", 1, "human"), joined("a", 1), joined("b", 1), joined("c", 1), joined("d", 2)];
    const texts = timelineRowsOf(entries, { unreadFrom: undefined, dayOf }).flatMap((row) =>
      row.kind === "line" ? [lineText(row.entry.line).text] : [],
    );
    expect(texts).toEqual(["mia joined as member", "a, b and c joined as agents", "d joined as agent, coder"]);
    const script = (name: string): TimelineEntry => {
      const entry = joined(name, 1) as Extract<TimelineEntry, { kind: "line" }>;
      return { ...entry, line: { ...entry.line, hasScript: true } as typeof entry.line };
    };
    const mixed = [joined("a", 1), script("b"), script("c"), joined("d", 1)];
    const mixedTexts = timelineRowsOf(mixed, { unreadFrom: undefined, dayOf }).flatMap((row) =>
      row.kind === "line" ? [lineText(row.entry.line).text] : [],
    );
    expect(mixedTexts).toEqual([
      "a joined as agent, coder",
      "b and c joined as agents (each follows a script, no model)",
      "d joined as agent, coder",
    ]);
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    const { text } = lineText({ what: "joined-together", names });
    expect(text).toBe("a, b, c, d, e and 2 more joined as agents");
  });

  test("a new day and the unread mark each begin a group", () => {
    expect(shape([message(9), message(10), message(11)], "m11")).toEqual(["day", "m9", "day", "m10", "unread", "m11"]);
  });
});

describe("the rows that are drawn", () => {
  const rows = Array.from({ length: 400 }, (_, at) => ({ key: `r${at}`, weight: 1 }));
  const heights = createRowHeights();
  const around = (top: number, current = endWindow(rows)) => windowAt(rows, { heights, top, height: 720, current });

  test("are all of a short list, and the visible part of a long one with some spare", () => {
    expect(endWindow(rows.slice(0, 100))).toEqual({ from: 100, to: 0 });
    expect(endWindow(rows)).toEqual({ from: 160, to: 0 });
    const { from, to } = around(7_200);
    // From 2,400 px above the visible part to as much below it, 66 px each
    expect([400 - from, 400 - to]).toEqual([Math.floor(4_800 / 66), Math.floor(10_320 / 66) + 1]);
  });

  test("stay while there is enough of them, and are fewer again when they have become too many", () => {
    const first = around(7_200);
    expect(around(7_900, first)).toBe(first);
    expect(around(9_000, first)).not.toBe(first);
    const grown = { from: first.from, to: 0 };
    expect(around(7_200, grown)).toEqual(first);
  });

  test("do not change for one that comes at the end", () => {
    expect(afterAppend({ from: 50, to: 10 }, 2)).toEqual({ from: 52, to: 12 });
    expect(afterAppend({ from: 50, to: 0 }, 2)).toEqual({ from: 52, to: 0 });
  });
});

describe("what is unread", () => {
  const read = (reading: typeof nothingRead, entries: TimelineEntry[], isPresent: boolean) =>
    readAfter(reading, { entries, me: "mia", isPresent });

  test("starts with the first message of another person that came while the page was hidden", () => {
    let reading = read(nothingRead, [message(1)], true);
    reading = read(reading, [message(1)], false);
    const entries = [message(1), message(2, { from: "mia" }), line(3), message(4), message(5)];
    reading = read(reading, entries, false);
    expect(reading.unreadFrom).toBe("m4");
    expect(unseen(entries, { seen: reading.seen, me: "mia" }).map(({ id }) => id)).toEqual(["m4", "m5"]);
  });

  test("stays marked on return and goes when the page is hidden again", () => {
    const entries = [message(1), message(2)];
    let reading = read(read(read(nothingRead, [message(1)], true), [message(1)], false), entries, false);
    reading = read(reading, entries, true);
    expect(reading).toMatchObject({ unreadFrom: "m2", seen: { version: 2 } });
    expect(read(reading, entries, false).unreadFrom).toBeUndefined();
  });

  test("is empty while the page is visible, and the same object while nothing changes", () => {
    const reading = read(nothingRead, [message(1)], true);
    expect(reading.unreadFrom).toBeUndefined();
    expect(read(reading, [message(1)], true)).toBe(reading);
  });
});

describe("completing a name", () => {
  const person = (name: string, kind: "agent" | "human", displayName = name): ParticipantView => ({
    name,
    displayName,
    kind,
    role: kind,
    status: "idle",
  });
  const participants = [person("mia", "human"), person("max", "human", "Maximilian"), person("coder", "agent")];
  const names = (prefix: string) => choicesFor(prefix, { participants, me: "mia" }).map(({ name }) => name);

  test("starts at an @ where a word starts", () => {
    expect(completionAt("@co", 3)).toEqual({ from: 0, prefix: "co" });
    expect(completionAt("hi @CO", 6)).toEqual({ from: 3, prefix: "co" });
    expect(completionAt("@a, @b", 6)).toEqual({ from: 4, prefix: "b" });
    expect(completionAt("me@host", 7)).toBeUndefined();
    expect(completionAt("@co x", 5)).toBeUndefined();
  });

  test("offers agents, then people, then groups, never oneself; a display name counts", () => {
    expect(names("")).toEqual(["coder", "max", "room", "humans"]);
    expect(names("imil")).toEqual(["max"]);
    expect(names("o")).toEqual(["coder", "room"]);
    expect(names("zz")).toEqual([]);
  });

  test("puts the name in and the caret behind it", () => {
    expect(complete("hi @co", { completion: { from: 3, prefix: "co" }, caret: 6, name: "coder" })).toEqual({
      text: "hi @coder ",
      caret: 10,
    });
    expect(complete("@co there", { completion: { from: 0, prefix: "co" }, caret: 3, name: "coder" })).toEqual({
      text: "@coder there",
      caret: 7,
    });
  });
});

describe("who is who", () => {
  test("colours are stable and differ as long as there are enough", () => {
    const names = Array.from({ length: hueCount }, (_, at) => `agent-${at}`);
    const hues = huesOf(names);
    expect(new Set(hues.values()).size).toBe(hueCount);
    expect(huesOf(names)).toEqual(hues);
    expect(hues.get("agent-0")).toBe(hueOf("agent-0"));
    expect(huesOf([...names, "one-more"]).get("one-more")).toBe(hueOf("one-more"));
  });

  test("initials come from the parts of a name", () => {
    expect(["coder", "code-reviewer", "x", "Mia Müller", ""].map(initialsOf)).toEqual(["Co", "Cr", "X", "Mm", ""]);
  });
});

describe("a tool's input", () => {
  test("is shown field by field, texts as they are", () => {
    expect(inputFields('{"command":"a\\nb","n":[1]}')).toEqual([
      { name: "command", text: "a\nb" },
      { name: "n", text: "[\n  1\n]" },
    ]);
    expect(inputFields("[1]")).toBeUndefined();
    expect(inputFields("not json")).toBeUndefined();
  });

  test("edited must be a JSON object", () => {
    expect(["{}", "[]", "null", "1", "{", '"x"'].map(isJsonObject)).toEqual([true, false, false, false, false, false]);
    expect(prettyJson('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(prettyJson("not json")).toBe("not json");
  });
});

describe("words", () => {
  test("a code may be pasted as a link", () => {
    expect(codeIn(" https://host.example/#ab-cd ")).toBe("ab-cd");
    expect(codeIn("ab cd")).toBe("abcd");
    expect(inviteLink("https://host.example", "ab-cd")).toBe("https://host.example/#ab-cd");
  });

  test("durations have the unit that matters", () => {
    expect([-5, 59_999, 60_000, 3_600_000, 5_400_000, 86_400_000 * 3].map(duration)).toEqual([
      "0 s",
      "59 s",
      "1 min",
      "1 h",
      "1 h 30 min",
      "3 days",
    ]);
  });

  test("a problem is shown in the server's words, or in ours where it has none", () => {
    const problem = { status: 422, code: "invalid", detail: "there is nobody called bob" };
    expect(problemText(problem)).toBe("There is nobody called bob.");
    expect(problemText({ ...problem, status: 0 })).toContain("did not answer");
    expect(problemText({ ...problem, status: 429, retryAfterS: 7 })).toContain("7 seconds");
    expect(problemText({ ...problem, status: 503 })).toContain("could not store");
    expect(problemText({ status: 403, code: "forbidden", detail: "" })).toContain("role");
  });

  test("a decision's line shows the person, the decision and the reason", () => {
    expect(
      lineText({
        what: "gate",
        gateId: "g",
        gateKind: "tool",
        outcome: "denied",
        by: "mia",
        from: "coder",
        tool: "Bash",
        reason: "no",
      }),
    ).toEqual({
      text: "mia denied coder the use of Bash",
      detail: "no",
    });
    expect(lineText({ what: "gate", gateId: "g", gateKind: "message", outcome: "expired", by: "parley" }).text).toBe(
      "Nobody decided a message of an agent in time",
    );
  });
});
