import { describe, expect, test } from "vitest";
import { isOnlyNames } from "../../adapters/web/client/completion.js";
import { type Deciding, decidingAfter, decidingOn, withoutDeciding } from "../../adapters/web/client/deciding.js";
import { fileChangeOf, folderOf } from "../../adapters/web/client/file-change.js";
import { alikeOf, messagesBefore, stepGate } from "../../adapters/web/client/gate-context.js";
import { effectOf } from "../../adapters/web/client/gate-effect.js";
import { withField } from "../../adapters/web/client/gate-input.js";
import { keptGateWriting } from "../../adapters/web/client/gate-writing.js";
import { createHeldDecisions, type HeldDecision, undoForMs } from "../../adapters/web/client/held-decisions.js";
import type { Gate } from "../../adapters/web/client/open-gates.js";
import { beginSession, endRest, mayLook, rest } from "../../adapters/web/client/session-state.js";
import { countLines, lineDiff, wordDiff } from "../../adapters/web/client/text-diff.js";

describe("a change of a file", () => {
  test("is read from the inputs of Edit, MultiEdit and Write", () => {
    const edit = { file_path: "a.ts", old_string: "x", new_string: "y" };
    expect(fileChangeOf("Edit", JSON.stringify(edit))).toEqual({
      path: "a.ts",
      changes: [{ before: "x", after: "y" }],
      isWhole: false,
      isEverywhere: false,
    });
    const edits = [
      { old_string: "x", new_string: "y" },
      { old_string: "", new_string: "z", replace_all: true },
    ];
    expect(fileChangeOf("MultiEdit", JSON.stringify({ file_path: "a.ts", edits }))).toMatchObject({
      changes: [
        { before: "x", after: "y" },
        { before: "", after: "z" },
      ],
      isEverywhere: true,
    });
    expect(fileChangeOf("Write", JSON.stringify({ file_path: "a.ts", content: "x" }))).toMatchObject({ isWhole: true });
  });

  test.each([
    ["Edit", { file_path: "a", old_string: "x", new_string: "y", more: 1 }],
    ["Edit", { file_path: "a", old_string: "x", new_string: 1 }],
    ["Edit", { old_string: "x", new_string: "y" }],
    ["Edit", { file_path: "a", old_string: "x", new_string: "y", replace_all: "yes" }],
    ["MultiEdit", { file_path: "a", edits: [] }],
    ["MultiEdit", { file_path: "a", edits: [{ old_string: "x", new_string: "y", more: 1 }] }],
    ["Write", { file_path: "a", content: "x", mode: "0777" }],
    ["Bash", { file_path: "a", command: "x" }],
  ])("is not made of an input of %s that says more or other things: %j", (tool, input) => {
    expect(fileChangeOf(tool, JSON.stringify(input))).toBeUndefined();
  });

  test("shows what goes and comes, with two lines around it", () => {
    const lines = Array.from({ length: 12 }, (_, at) => `line ${at}`);
    const runs = lineDiff(lines.join("\n"), lines.with(6, "other").join("\n"));
    expect(runs).toEqual([
      { kind: "gap", count: 4 },
      { kind: "same", lines: ["line 4", "line 5"] },
      { kind: "changed", removed: ["line 6"], added: ["other"] },
      { kind: "same", lines: ["line 7", "line 8"] },
      { kind: "gap", count: 3 },
    ]);
    expect(countLines(runs)).toEqual({ removed: 1, added: 1 });
    expect(lineDiff("", "a\nb\n")).toEqual([{ kind: "changed", removed: [], added: ["a", "b"] }]);
  });

  test("of a long text starts at its first changed word", () => {
    const before = `${"unchanged words ".repeat(60)}old end`;
    const parts = wordDiff(before, before.replace("old", "new"));
    expect(parts.map(({ kind }) => kind)).toEqual(["same", "gap", "same", "removed", "added", "same"]);
    expect(parts[0]?.text).toBe("");
    expect(parts[2]?.text.length).toBeLessThan(140);
    expect(wordDiff("a b", "a c").map(({ text }) => text)).toEqual(["a ", "b", "c"]);
  });
});

describe("the words for what happens", () => {
  test.each([
    ["cd /work/app && npm test", "/work/app"],
    ["cd 'my folder'\nls", "my folder"],
    ["cd src; ls", "src"],
    ["cd $HOME && ls", undefined],
    ["npm test && cd src", undefined],
    ["cd", undefined],
  ])("know the folder of %j: %s", (command, folder) => {
    expect(folderOf(command)).toBe(folder);
  });

  test.each([
    [{ kind: "tool" as const, tool: "Bash" }, { command: "cd /work/app && ls" }, "Runs this command in /work/app."],
    [{ kind: "tool" as const, tool: "Bash" }, { command: "ls" }, "Runs this command in the agent's own work folder."],
    [
      { kind: "tool" as const, tool: "Write" },
      { file_path: "a.ts", content: "x\ny\n" },
      "Writes all of a.ts, 2 lines; what was in it is replaced.",
    ],
    [
      { kind: "tool" as const, tool: "Edit" },
      { file_path: "a.ts", old_string: "x", new_string: "y", replace_all: true },
      "Changes a.ts wherever it reads so.",
    ],
    [{ kind: "message" as const, to: ["coder", "mia"] }, "x", "Goes to coder, mia."],
    [{ kind: "message" as const, to: "room" as const }, "x", "Goes to everybody in the room."],
  ])("%j with %j", (gate, input, words) => {
    expect(effectOf(gate, typeof input === "string" ? input : JSON.stringify(input))).toBe(words);
  });
});

const gate = (gateId: string, more: Partial<Gate> = {}): Gate => ({
  gateId,
  kind: "tool",
  from: "coder",
  tool: "Bash",
  openedAt: Number(gateId.slice(1)),
  hash: `h${gateId}`,
  body: "{}",
  blocks: true,
  ...more,
});

describe("several gates", () => {
  test("are alike if one agent asks for the same kind of thing, and their text is known", () => {
    const { hash: _hash, body: _body, ...unseen } = gate("g6");
    const gates = [
      gate("g2"),
      gate("g1"),
      gate("g3", { tool: "Edit" }),
      gate("g4", { from: "tester" }),
      gate("g5", { kind: "message" }),
      unseen,
    ];
    expect(alikeOf(gates, gate("g1")).map(({ gateId }) => gateId)).toEqual(["g1", "g2"]);
    expect(alikeOf([gate("g1", { kind: "question" })], gate("g1", { kind: "question" }))).toEqual([]);
  });

  test("are stepped through round and round", () => {
    const gates = [gate("g1"), gate("g2"), gate("g3")];
    expect(stepGate(gates, { from: "g1", by: 1 })?.gateId).toBe("g2");
    expect(stepGate(gates, { from: "g1", by: -1 })?.gateId).toBe("g3");
    expect(stepGate(gates, { from: "g3", by: 1 })?.gateId).toBe("g1");
    expect(stepGate([], { from: "g1", by: 1 })).toBeUndefined();
  });

  test("show the messages that led to them", () => {
    const message = (id: string, at: number, from: string, to: "room" | string[]) =>
      ({ kind: "message", id, from, to, body: id, class: "deliver", at, version: at, index: 0, delivery: {} }) as const;
    const entries = [
      message("a", 1, "mia", ["coder"]),
      message("b", 2, "mia", ["tester"]),
      message("c", 3, "coder", "room"),
      message("d", 4, "mia", ["coder"]),
      message("e", 9, "coder", "room"),
    ];
    expect(messagesBefore(entries, { from: "coder", openedAt: 5 }).map(({ id }) => id)).toEqual(["c", "d"]);
  });
});

describe("a tool's input changed by field", () => {
  const body = '{"command":"ls","timeoutMs":5}';

  test.each([
    ["command", "ls -l", { command: "ls -l", timeoutMs: 5 }],
    ["command", "7", { command: "7", timeoutMs: 5 }],
    ["timeoutMs", "70", { command: "ls", timeoutMs: 70 }],
    ["timeoutMs", "soon", { command: "ls", timeoutMs: "soon" }],
  ])("%s to %j keeps the others and the kind of value", (name, text, wanted) => {
    expect(JSON.parse(withField(body, name, text))).toEqual(wanted);
  });

  test("is kept for a reload under the hash of its gate alone", () => {
    const stored = new Map<string, string>();
    const storage = () => ({
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
      removeItem: (key: string) => void stored.delete(key),
    });
    keptGateWriting("h1", storage).keep({ editing: "reason", text: "no" });
    expect(keptGateWriting("h1", storage).read()).toEqual({ editing: "reason", text: "no" });
    expect(keptGateWriting("h2", storage).read()).toBeUndefined();
    keptGateWriting("h1", storage).keep(undefined);
    expect(stored.size).toBe(0);
    stored.set("parley.gate.h1", '{"editing":"else","text":1}');
    expect(keptGateWriting("h1", storage).read()).toBeUndefined();
  });
});

describe("a decision that waits to be sent", () => {
  function createBench() {
    const sent: HeldDecision[] = [];
    const announced: [string, string | undefined][] = [];
    const timers: (() => void)[] = [];
    const decisions = createHeldDecisions({
      send: (one) => sent.push(one),
      announce: (gateId, decision) => announced.push([gateId, decision?.action]),
      nowMs: () => 1_000,
      later: (_delayMs, callback) => timers.push(callback),
    });
    const pass = () => {
      for (const callback of timers.splice(0)) callback();
    };
    return { decisions, sent, announced, pass };
  }
  const approve = (hash: string) => ({ action: "approve", hash }) as const;

  test("is sent when its time is up", () => {
    const { decisions, sent, pass } = createBench();
    decisions.hold("g1", approve("h1"));
    expect(decisions.held.value).toEqual([{ gateId: "g1", decision: approve("h1"), sendAtMs: 1_000 + undoForMs }]);
    expect(sent).toEqual([]);
    pass();
    expect(sent.map(({ gateId }) => gateId)).toEqual(["g1"]);
    expect(decisions.held.value).toEqual([]);
  });

  test("is announced when it begins to wait, and again when it is taken back", () => {
    const { decisions, announced, pass } = createBench();
    decisions.hold("g1", approve("h1"));
    decisions.undo("g1");
    decisions.hold("g2", approve("h2"));
    pass();
    expect(announced).toEqual([
      ["g1", "approve"],
      ["g1", undefined],
      ["g2", "approve"],
    ]);
  });

  test("is never sent once it was taken back, or lost to another person's", () => {
    const { decisions, sent, pass } = createBench();
    for (const gateId of ["g1", "g2"]) decisions.hold(gateId, approve(gateId));
    decisions.undo("g1");
    expect(decisions.lose("g2")).toBe(true);
    expect(decisions.lose("g3")).toBe(false);
    pass();
    decisions.flush();
    expect(sent).toEqual([]);
  });

  test("is sent once, at once, when the page goes away", () => {
    const { decisions, sent, pass } = createBench();
    decisions.hold("g1", approve("old"));
    decisions.hold("g1", approve("new"));
    decisions.flush();
    pass();
    expect(sent.map(({ decision }) => decision.hash)).toEqual(["new"]);
  });
});

describe("a decision of another person that can still be taken back", () => {
  const frame = { type: "activity.deciding", agent: "coder", gateId: "g1", by: "ann" } as const;
  const waits = { ...frame, choice: { action: "approve", forMs: 5_000 } } as const;
  const shown = (deciding: Deciding, nowMs: number, me = "mia") => decidingOn(deciding, { gateId: "g1", me, nowMs });

  test("is shown to others until it should have come, and never to the person themselves", () => {
    const deciding = decidingAfter(new Map(), waits, 1_000);
    expect(shown(deciding, 2_000)).toEqual({ by: "ann", action: "approve", sentAtMs: 6_000 });
    expect(shown(deciding, 2_000, "ann")).toBeUndefined();
    expect(shown(deciding, 8_999)).toBeDefined();
    expect(shown(deciding, 9_000)).toBeUndefined();
  });

  test("is gone when that person takes it back, or the gate is decided", () => {
    const deciding = decidingAfter(new Map(), waits, 1_000);
    expect(shown(decidingAfter(deciding, frame), 2_000)).toBeUndefined();
    expect(shown(decidingAfter(deciding, { ...frame, by: "bob" }), 2_000)?.by).toBe("ann");
    expect(withoutDeciding(deciding, "g1").size).toBe(0);
    expect(withoutDeciding(deciding, "g2")).toBe(deciding);
  });

  test("of two people about one gate is the last one announced", () => {
    const deciding = decidingAfter(decidingAfter(new Map(), waits, 1_000), { ...waits, by: "bob" }, 1_500);
    expect(shown(deciding, 2_000)?.by).toBe("bob");
  });
});

describe("a hidden page", () => {
  test("looks at its room once a minute while it has no stream, and not at all before", () => {
    const session = beginSession("mia");
    expect(mayLook(session, { isHidden: false, nowMs: 0 })).toBe(true);
    expect(mayLook(session, { isHidden: true, nowMs: 1e9 })).toBe(false);
    const resting = rest(session, 1_000);
    expect(mayLook(resting, { isHidden: true, nowMs: 60_999 })).toBe(false);
    expect(mayLook(resting, { isHidden: true, nowMs: 61_000 })).toBe(true);
    expect(endRest(resting).restingSinceMs).toBeUndefined();
    expect(endRest(session)).toBe(session);
  });
});

describe("a text with nothing but names", () => {
  test.each([
    ["@coder", true],
    [" @coder, @reviewer ", true],
    ["@coder and @reviewer:", true],
    ["@coder hello", false],
    ["hello @coder", false],
    ["me@coder", false],
    ["", false],
  ])("%j: %s", (text, isOnly) => {
    expect(isOnlyNames(text)).toBe(isOnly);
  });
});
