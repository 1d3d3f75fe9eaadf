import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readLine } from "../../../adapters/claude-code/line.js";
import { createTranslator } from "../../../adapters/claude-code/translator.js";
import { createUsageMeter } from "../../../adapters/claude-code/usage.js";
import type { Output } from "../../../src/ports/agents.js";

const recorded = (version: string): unknown[] =>
  readFileSync(new URL(`fixtures/claude-code-${version}.ndjson`, import.meta.url), "utf8")
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));

function translate(lines: readonly unknown[], meter = createUsageMeter()): Output[] {
  const translator = createTranslator({ usage: meter, neverAsk: new Set(["Read"]) });
  return lines.flatMap((raw) => {
    const line = readLine(raw);
    return line ? translator.read(line) : [];
  });
}

const fresh = () => {
  const meter = createUsageMeter();
  meter.setBaseline({});
  return meter;
};

const assistant = (content: unknown[], more: object = {}) => ({
  type: "assistant",
  uuid: "u1",
  parent_tool_use_id: null,
  message: { model: "claude-opus-5-5", content },
  ...more,
});
const toolResult = (more: object) => ({
  type: "user",
  message: { content: [{ type: "tool_result", tool_use_id: "t1", content: "ok", ...more }] },
});
const bash = { type: "tool_use", id: "t1", name: "Bash", input: { command: "make  test\n", description: "Run tests" } };

/** Three turns: a reply; a tool that was allowed, a question that was answered and a reply; a reply that was interrupted. */
describe.each(["2.1.197", "2.1.328"])("recorded traffic of Claude Code %s", (version) => {
  const outputs = translate(recorded(version), fresh());
  const all = <K extends Output["kind"]>(kind: K) =>
    outputs.filter((output): output is Extract<Output, { kind: K }> => output.kind === kind);

  test("emits each text once, by the id of its line; interrupted text is not emitted", () => {
    const whole = all("block").filter(({ text }) => !text.startsWith("w w"));
    expect(whole.map(({ text, index }) => [text, index])).toEqual([
      ["hello room", 0],
      ["fin", 0],
    ]);
    expect(new Set(whole.map(({ outputId }) => outputId)).size).toBe(2);
    // 2.1.197 has no such mark: there the turn's interrupt tells.
    expect(all("block")).toHaveLength(version === "2.1.197" ? 3 : 2);
  });

  test("streams the texts before they are said", () => {
    const joined = all("delta").map(({ text }) => text);
    expect(all("delta").filter(({ first }) => first)).toHaveLength(3);
    expect(joined.join("")).toMatch(/^hello roomfin(w )+$/);
    const kinds = outputs.map(({ kind }) => kind);
    expect(kinds.indexOf("delta")).toBeLessThan(kinds.indexOf("block"));
  });

  test("shows the tool, and not the question", () => {
    expect(all("tool").map(({ name, phase, summary }) => [name, phase, summary])).toEqual([
      ["Bash", "started", "touch s1"],
      ["Bash", "ended", "touch s1"],
    ]);
  });

  test("counts the usage of each turn from running sums", () => {
    const lines = recorded(version) as { type: string; total_cost_usd?: number }[];
    const sum = lines.filter(({ type }) => type === "result").at(-1)?.total_cost_usd ?? 0;
    expect(all("usage").reduce((total, { usd }) => total + usd, 0)).toBeCloseTo(sum, 10);
    expect(all("usage")[0]).toMatchObject({ inputTokens: 10, outputTokens: 10, cacheWriteTokens: 200 });
    expect(all("usage")[1]).toMatchObject({ inputTokens: 30, outputTokens: 100, cacheWriteTokens: 600 });
  });

  test("has nothing to notice", () => {
    expect(all("notice")).toEqual([]);
  });
});

describe("a line", () => {
  test("of a subagent is marked, and its deltas are not passed on", () => {
    const delta = { type: "content_block_delta", delta: { type: "text_delta", text: "x" } };
    const outputs = translate([
      { type: "stream_event", parent_tool_use_id: "t1", event: delta },
      assistant([{ type: "text", text: "@room from below" }], { parent_tool_use_id: "t1" }),
    ]);
    const block = { kind: "block", outputId: "u1", index: 0, text: "@room from below", subagent: true, parent: "t1" };
    expect(outputs).toEqual([block]);
  });

  test("that stands in for the model, such as an API error, is not text of the agent", () => {
    const message = { model: "<synthetic>", content: [{ type: "text", text: "@room API Error: 403" }] };
    expect(translate([assistant([], { message })])).toEqual([]);
  });

  test.each([
    ["of a kind nobody knows", { type: "telepathy", text: "@room hello" }],
    ["that is not an object", "hello"],
    ["with a wrong shape", { type: "assistant", uuid: 7 }],
  ])("%s is passed over", (_, raw) => {
    expect(translate([raw])).toEqual([]);
  });

  test("of a replayed message is not output", () => {
    expect(translate([{ type: "user", isReplay: true, uuid: "m1", message: { content: "@room hello" } }])).toEqual([]);
  });
});

describe("a tool", () => {
  test("is shown on one line, and with its complaint when it failed", () => {
    const outputs = translate([
      assistant([bash]),
      toolResult({ is_error: true, content: "Exit code 2\nmake: no rule" }),
    ]);
    expect(outputs.flatMap((output) => (output.kind === "tool" ? [output.summary] : []))).toEqual([
      "make test",
      "make test: Exit code 2",
    ]);
  });

  test("that people may be asked about is held until it ran, and stays so when it did not", () => {
    const read = { ...bash, name: "Read", input: { file_path: "a.txt" } };
    const held = (lines: readonly unknown[]) => translate(lines).map((output) => "held" in output && output.held);
    expect(held([assistant([bash]), toolResult({})])).toEqual([true, false, false]);
    expect(held([assistant([bash]), toolResult({ is_error: true })])).toEqual([true, true, true]);
    expect(held([assistant([read]), toolResult({ is_error: true })])).toEqual([false, false, false]);
  });

  test("that ran with another input is shown with that", () => {
    const translator = createTranslator({ usage: createUsageMeter(), neverAsk: new Set() });
    const read = (raw: unknown) => {
      const line = readLine(raw);
      return line ? translator.read(line) : [];
    };
    read(assistant([bash]));
    translator.editInput("t1", { command: "make lint" });
    expect(read(toolResult({}))).toEqual([
      { kind: "tool", id: "t1", name: "Bash", phase: "ended", summary: "make lint", input: '{"command":"make lint"}' },
      { kind: "toolResult", id: "t1", ok: true, bytes: 2, text: "ok" },
    ]);
  });

  test("that never told how it ended has failed when the turn is over", () => {
    const translator = createTranslator({ usage: createUsageMeter(), neverAsk: new Set() });
    const line = readLine(assistant([bash]));
    if (line) translator.read(line);
    expect(translator.endTools()).toMatchObject([{ id: "t1", phase: "failed" }]);
    expect(translator.endTools()).toEqual([]);
  });
});

describe("what an agent did", () => {
  const one = <K extends Output["kind"]>(lines: readonly unknown[], kind: K) =>
    translate(lines).filter((output): output is Extract<Output, { kind: K }> => output.kind === kind);

  test("has a tool's input as it was given, and its result with its size", () => {
    const lines = [assistant([bash]), toolResult({ content: [{ type: "text", text: "größer" }, { type: "image" }] })];
    expect(one(lines, "tool")[0]?.input).toBe('{"command":"make  test\\n","description":"Run tests"}');
    expect(one(lines, "toolResult")).toEqual([
      { kind: "toolResult", id: "t1", ok: true, bytes: 16, text: "größer\n[image]" },
    ]);
  });

  test("has a large result as its beginning and the rest, at most 1 MiB of it, and its whole size", () => {
    const [result] = one([assistant([bash]), toolResult({ content: "é".repeat(700_000) })], "toolResult");
    expect(result?.bytes).toBe(1_400_000);
    expect(Buffer.byteLength(result?.text ?? "")).toBe(16 * 1_024);
    expect(Buffer.byteLength(`${result?.text}${result?.rest}`)).toBe(1_024 * 1_024);
  });

  test("has its thoughts, those of its subagents under the tool that began them, and none that an interrupt cut off", () => {
    const thinking = { type: "thinking", thinking: "the tests first" };
    const lines = [
      assistant([thinking]),
      assistant([thinking], { parent_tool_use_id: "t9" }),
      assistant([thinking], { aborted: true }),
    ];
    expect(one(lines, "thinking")).toEqual([
      { kind: "thinking", text: "the tests first" },
      { kind: "thinking", text: "the tests first", parent: "t9" },
    ]);
  });

  test("has the tools of a subagent under the tool that began it", () => {
    const lines = [assistant([bash], { parent_tool_use_id: "t9" }), toolResult({})];
    expect([...one(lines, "tool"), ...one(lines, "toolResult")].map(({ parent }) => parent)).toEqual([
      "t9",
      "t9",
      "t9",
    ]);
  });

  const used = (id: string, name: string, input: object) => assistant([{ type: "tool_use", id, name, input }]);
  const answered = (id: string, answer: unknown) => ({
    type: "user",
    message: { content: [{ type: "tool_result", tool_use_id: id, content: "ok" }] },
    tool_use_result: answer,
  });

  test("has its plan, whether it writes a whole list or task by task", () => {
    const todos = [
      { content: "read", status: "completed", activeForm: "reading" },
      { content: "write", status: "in_progress", activeForm: "writing" },
    ];
    expect(one([used("a", "TodoWrite", { todos }), answered("a", {})], "plan").at(-1)?.entries).toEqual([
      { text: "read", state: "done" },
      { text: "write", state: "inProgress" },
    ]);
    const tasks = [
      used("a", "TaskCreate", { subject: "read", description: "" }),
      answered("a", { task: { id: "1", subject: "read" } }),
      used("b", "TaskCreate", { subject: "write", description: "" }),
      answered("b", { task: { id: "2", subject: "write" } }),
      used("c", "TaskUpdate", { taskId: "1", status: "completed" }),
      answered("c", { success: true, taskId: "1", updatedFields: ["status"] }),
      used("d", "TaskUpdate", { taskId: "2", status: "deleted" }),
      answered("d", { success: true, taskId: "2", updatedFields: ["status"] }),
    ];
    expect(one(tasks, "plan").map(({ entries }) => entries.map(({ text, state }) => `${text}: ${state}`))).toEqual([
      ["read: pending"],
      ["read: pending", "write: pending"],
      ["read: done", "write: pending"],
      ["read: done"],
    ]);
  });

  test("has no plan where a plan's tool failed or was a subagent's", () => {
    const todos = [{ content: "read", status: "pending", activeForm: "reading" }];
    const failed = {
      type: "user",
      message: { content: [{ type: "tool_result", tool_use_id: "a", is_error: true, content: "no" }] },
    };
    expect(one([used("a", "TodoWrite", { todos }), failed], "plan")).toEqual([]);
    const below = assistant([{ type: "tool_use", id: "a", name: "TodoWrite", input: { todos } }], {
      parent_tool_use_id: "t9",
    });
    expect(one([below, answered("a", {})], "plan")).toEqual([]);
  });

  test("has a shortened conversation with its summary, or without where Claude Code tells none", () => {
    const boundary = {
      type: "system",
      subtype: "compact_boundary",
      compact_metadata: { trigger: "auto", pre_tokens: 28_888 },
    };
    const summary = { type: "user", uuid: "s1", message: { content: [{ type: "text", text: "so far: tests" }] } };
    const says = assistant([{ type: "text", text: "on with it" }]);
    expect(one([boundary, summary, says], "compaction")).toEqual([
      { kind: "compaction", summary: "so far: tests", tokensBefore: 28_888 },
    ]);
    expect(one([boundary, says], "compaction")).toEqual([{ kind: "compaction", summary: "", tokensBefore: 28_888 }]);
  });
});

describe("usage", () => {
  const sums = (outputTokens: number, costUSD: number) => ({
    type: "result",
    subtype: "success",
    is_error: false,
    modelUsage: {
      m: { inputTokens: 0, outputTokens, cacheReadInputTokens: 0, cacheCreationInputTokens: 0, costUSD },
    },
  });
  const spent = (lines: unknown[], meter = fresh()) =>
    translate(lines, meter).map((output) => (output.kind === "usage" ? [output.outputTokens, output.usd] : output));

  test("of a resumed session starts from its earlier usage, whether or not its version reports it", () => {
    const meter = createUsageMeter();
    meter.setBaseline({
      m: { inputTokens: 0, outputTokens: 100, cacheReadInputTokens: 0, cacheCreationInputTokens: 0, costUSD: 1 },
    });
    expect(spent([sums(110, 1.5), sums(110, 1.5), sums(5, 0.25)], meter)).toEqual([
      [10, 0.5],
      [5, 0.25],
    ]);
  });

  test("that is not known from before is not counted twice", () => {
    expect(spent([sums(100, 1), sums(130, 1.25)], createUsageMeter())).toEqual([[30, 0.25]]);
  });
});

describe("a notice", () => {
  const system = (subtype: string, more: object) => ({ type: "system", subtype, ...more });
  const texts = (lines: unknown[]) =>
    translate(lines).map((output) => (output.kind === "notice" ? output.text : output));

  test("reports retries once, and every long pause", () => {
    const retry = (attempt: number, delayMs: number) =>
      system("api_retry", {
        attempt,
        max_retries: 4,
        retry_delay_ms: delayMs,
        error_status: 429,
        error: "rate_limit",
      });
    expect(texts([retry(1, 500), retry(2, 1_000), retry(3, 30_000)])).toEqual([
      "The model's API answered 429 (rate limit); trying again at once (1 of 4).",
      "The model's API answered 429 (rate limit); trying again in 30 s (3 of 4).",
    ]);
    const lost = system("api_retry", { attempt: 1, max_retries: 4, retry_delay_ms: 600, error_status: null });
    expect(texts([lost])).toEqual([expect.stringContaining("could not be reached or broke off")]);
  });

  test("reports a summarised conversation, another model, a full disk and a subscription's limit", () => {
    const limit = { status: "rejected", rateLimitType: "five_hour", resetsAt: 1_800_000_000 };
    const said = texts([
      system("compact_boundary", { compact_metadata: { trigger: "auto", pre_tokens: 28_888, post_tokens: 672 } }),
      system("model_fallback", { original_model: "a", fallback_model: "b" }),
      system("session_writes_lost", { error_code: "ENOSPC" }),
      { type: "rate_limit_event", rate_limit_info: limit },
      { type: "rate_limit_event", rate_limit_info: { status: "allowed" } },
    ]);
    expect(said).toEqual([
      expect.stringContaining("from 28888 to 672 tokens"),
      expect.stringContaining("b took over"),
      expect.stringContaining("ENOSPC"),
      expect.stringContaining("five hour limit of the model account is reached. It resets at 2027-01-15T08:00:00.000Z"),
    ]);
  });
});
