import { mkdtemp, rm } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ask, clientHeaders, parseEvents, post, type WireEvent } from "./client.js";
import { byRole, rules, type Script, text, tool } from "./script.js";
import { type AnthropicEmulator, type EmulatorOptions, startAnthropicEmulator } from "./server.js";

const started: AnthropicEmulator[] = [];
const start = async (options: EmulatorOptions = {}): Promise<AnthropicEmulator> => {
  const emulator = await startAnthropicEmulator(options);
  started.push(emulator);
  return emulator;
};

afterEach(async () => {
  await Promise.all(started.splice(0).map((emulator) => emulator.stop()));
});

const says =
  (value: string): Script =>
  () =>
    text(value);
const stream = async (url: string, body: unknown): Promise<readonly WireEvent[]> =>
  parseEvents(await (await post({ url, body: { ...(body as object), stream: true } })).text());
const kinds = (events: readonly WireEvent[]): string[] => events.map((event) => event.event);

interface Reply {
  readonly type: string;
  readonly error?: { readonly type: string; readonly message: string };
  readonly request_id?: string;
  readonly content?: readonly Record<string, unknown>[];
  readonly stop_reason?: string;
  readonly usage?: Record<string, number>;
  readonly input_tokens?: number;
}
const reply = async (response: Response): Promise<Reply> => (await response.json()) as Reply;

describe("an answer", () => {
  test("streams thinking, text and a tool call in the documented order and adds up", async () => {
    const step = {
      thinking: "let me see",
      text: "I will look.",
      tools: [{ tool: "Bash", input: { command: "ls -la" } }],
    };
    const { url } = await start({ script: rules([{ steps: [step] }]) });
    const events = await stream(url, ask("hi", { thinking: { type: "adaptive" } }));
    const starts = events.filter((event) => event.event === "content_block_start");
    expect(starts.map((event) => (event.data.content_block as { type: string }).type)).toEqual([
      "thinking",
      "text",
      "tool_use",
    ]);
    const deltas = events.map((event) => event.data.delta as Record<string, string> | undefined);
    expect(deltas.map((delta) => delta?.thinking ?? "").join("")).toBe("let me see");
    expect(deltas.map((delta) => delta?.text ?? "").join("")).toBe("I will look.");
    expect(JSON.parse(deltas.map((delta) => delta?.partial_json ?? "").join(""))).toEqual({ command: "ls -la" });
    expect(kinds(events).filter((kind) => !kind.startsWith("content_block"))).toEqual([
      "message_start",
      "ping",
      "message_delta",
      "message_stop",
    ]);
    expect(events.at(-2)?.data.delta).toMatchObject({ stop_reason: "tool_use" });
  });

  test("without stream is one message with the same content; thinking shows only where it is on", async () => {
    const { url } = await start({ script: rules([{ steps: [{ thinking: "hm", text: "yes" }] }]) });
    const message = await reply(await post({ url, body: ask("hi") }));
    expect(message.content).toEqual([{ type: "text", text: "yes", citations: null }]);
    expect(message.stop_reason).toBe("end_turn");
  });

  test("follows a script in the prompt, one element for each answer since", async () => {
    const { url } = await start();
    const prompt = 'go @@[{"tool":"Bash","input":{"command":"echo \\"]\\""}},{"text":"fin"}] please';
    const first = await reply(await post({ url, body: ask(prompt) }));
    const call = first.content?.[0] as { id: string; name: string; input: { command: string } };
    expect(call).toMatchObject({ name: "Bash", input: { command: 'echo "]"' } });
    const messages = [
      { role: "user", content: prompt },
      { role: "assistant", content: [{ type: "tool_use", id: call.id, name: "Bash", input: call.input }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "]" }] },
    ];
    const second = await reply(await post({ url, body: ask("", { messages }) }));
    expect(second.content).toMatchObject([{ type: "text", text: "fin" }]);
  });

  test("comes from the script of the role its system prompt names last", async () => {
    const { url } = await start({ script: byRole({ coder: says("code"), reviewer: says("review") }) });
    const system = "You are Claude Code.\n\nYou are the **reviewer** of this room; the coder writes.";
    const message = await reply(await post({ url, body: ask("hi", { system }) }));
    expect(message.content).toMatchObject([{ text: "review" }]);
  });

  test("is refused at once where no script has one", async () => {
    const { url } = await start({ script: byRole({ coder: says("code") }) });
    const response = await post({ url, body: ask("hi") });
    expect(response.status).toBe(400);
    expect((await reply(response)).error?.message).toContain("no script answers step 0 of: hi");
  });

  test("is served over a Unix socket", async () => {
    const folder = await mkdtemp(join(tmpdir(), "emulator-"));
    const socketPath = join(folder, "api.sock");
    await start({ socketPath, script: says("over the socket") });
    const body = await new Promise<string>((resolve, reject) => {
      const request = httpRequest({ socketPath, path: "/v1/messages", method: "POST", headers: clientHeaders() });
      request.once("error", reject).once("response", async (response) => {
        resolve((await response.setEncoding("utf8").toArray()).join(""));
      });
      request.end(JSON.stringify(ask("hi")));
    });
    expect(JSON.parse(body)).toMatchObject({ content: [{ text: "over the socket" }] });
    await rm(folder, { recursive: true });
  });
});

describe("a request is refused as the vendor refuses it", () => {
  const toolUse = { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "Bash", input: {} }] };
  const toolResult = { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "ok" }] };
  const user = { role: "user", content: "hi" };
  const said = { role: "assistant", content: "ok" };
  const note = { role: "system", content: "note" };
  const cached = { type: "text", text: "x", cache_control: { type: "ephemeral" } };
  const forged = { role: "assistant", content: [{ type: "thinking", thinking: "mine", signature: "forged" }] };

  test.each([
    ["max_tokens: Field required", { max_tokens: undefined }],
    ["max_tokens: Input should be greater than or equal to 1", { max_tokens: 0 }],
    ["surprise: Extra inputs are not permitted", { surprise: 1 }],
    ["messages.0.content.0.text: Field required", { messages: [{ role: "user", content: [{ type: "text" }] }] }],
    ["messages: at least one message is required", { messages: [] }],
    ['messages: first message must use the "user" role', { messages: [toolUse, toolResult] }],
    ["does not support assistant message prefill", { messages: [user, { role: "assistant", content: "The" }] }],
    ["text content blocks must contain non-whitespace text", { messages: [{ role: "user", content: " " }] }],
    ["messages.1: `tool_use` ids were found without `tool_result` blocks", { messages: [user, toolUse, user] }],
    ["messages.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_1", { messages: [toolResult] }],
    ["messages.1.role: Input should be 'user' or 'assistant'", { model: "claude-sonnet-4-5", messages: [user, note] }],
    ["messages.1.output_config: Extra inputs are not permitted", { messages: [user, { ...note, output_config: {} }] }],
    [
      "messages.1.content: Input tag 'tool_removal'",
      { messages: [user, { ...note, content: [{ type: "tool_removal" }] }] },
    ],
    ["messages.2: system messages must follow a user message", { messages: [user, said, note, user] }],
    ["context_management: Extra inputs are not permitted", { context_management: { edits: [] } }],
    ["Invalid `signature` in `thinking` block", { messages: [user, forged, user] }],
    ["A maximum of 4 blocks with cache_control may be provided. Found 5.", { system: Array(5).fill(cached) }],
    ["Tool names must be unique", { tools: Array(2).fill({ name: "A", input_schema: { type: "object" } }) }],
    ["`max_tokens` must be greater than", { thinking: { type: "enabled", budget_tokens: 2_000 } }],
    ["prompt is too long: 1008 tokens > 900 maximum", { messages: [{ role: "user", content: "a".repeat(4_000) }] }],
  ])("%s", async (message, change) => {
    const emulator = await start({ contextTokens: 900, script: says("fine") });
    const response = await post({ url: emulator.url, body: ask("hi", change) });
    const body = await reply(response);
    expect(response.status).toBe(400);
    expect(body).toMatchObject({ type: "error", error: { type: "invalid_request_error" } });
    expect(body.error?.message).toContain(message);
    expect(body.request_id).toBe(response.headers.get("request-id"));
    expect(emulator.requests.all[0]).toMatchObject({ outcome: "refused", status: 400 });
  });

  test("the same request with its betas is taken: system entries, their settings, context management", async () => {
    const { url } = await start({ script: says("fine") });
    const headers = clientHeaders({
      "anthropic-beta": "mid-conversation-system-2026-04-07,context-management-2025-06-27,per-turn-control-2026-07-01",
    });
    const configured = { ...note, output_config: { effort: "low" } };
    const body = ask("", {
      messages: [user, configured, toolUse, toolResult, note],
      context_management: { edits: [] },
    });
    expect((await post({ url, body, headers })).status).toBe(200);
  });

  test.each([
    [401, "x-api-key header is required", { "x-api-key": "" }],
    [401, "invalid x-api-key", { "x-api-key": "sk-ant-other" }],
    [401, "Invalid bearer token", { "x-api-key": "", authorization: "Bearer nobody" }],
    [
      401,
      "OAuth authentication is currently not supported.",
      { "x-api-key": "", authorization: "Bearer sk-ant-oat01-me" },
    ],
    [400, "anthropic-version: header is required", { "anthropic-version": "" }],
    [400, '"2021-01-01" is not a valid version', { "anthropic-version": "2021-01-01" }],
    [400, "Unexpected value(s) `nonsense`", { "anthropic-beta": "nonsense" }],
    [400, "Content-Type", { "content-type": "text/plain" }],
  ])("%i %s", async (status, message, change) => {
    const { url } = await start({ script: says("fine"), bearerTokens: ["sk-ant-oat01-me"] });
    const entries = Object.entries(clientHeaders(change)).filter(([, value]) => value !== "");
    const response = await post({ url, body: ask("hi"), headers: Object.fromEntries(entries) });
    const { error } = await reply(response);
    expect([response.status, error?.type]).toEqual([
      status,
      status === 401 ? "authentication_error" : "invalid_request_error",
    ]);
    expect(error?.message).toContain(message);
  });

  test("a bearer token works with its beta, and no longer once revoked", async () => {
    const emulator = await start({ script: says("fine"), bearerTokens: ["sk-ant-oat01-me"] });
    const { "x-api-key": _, ...rest } = clientHeaders({
      authorization: "Bearer sk-ant-oat01-me",
      "anthropic-beta": "oauth-2025-04-20",
    });
    expect((await post({ url: emulator.url, body: ask("hi"), headers: rest })).status).toBe(200);
    emulator.revoke("sk-ant-oat01-me");
    expect((await post({ url: emulator.url, body: ask("hi"), headers: rest })).status).toBe(401);
    expect(emulator.requests.all[0]?.credential).toEqual({ kind: "bearer", value: "sk-ant-oat01-me" });
  });

  test("an unknown model, path, a body that is no JSON and one that is too large", async () => {
    const { url } = await start({ script: says("fine"), maxBodyBytes: 500 });
    expect((await post({ url, body: ask("hi", { model: "gpt-4" }) })).status).toBe(404);
    expect((await post({ url: `${url}/nowhere`, body: ask("hi") })).status).toBe(404);
    expect((await post({ url, body: "{" })).status).toBe(400);
    const large = await post({ url, body: ask("a".repeat(600)) });
    expect([large.status, (await reply(large)).error?.type]).toEqual([413, "request_too_large"]);
  });
});

describe("usage", () => {
  test("counts what a prefix read from the cache saves, until five minutes after its last use", async () => {
    let now = 0;
    const { url } = await start({ script: says("ok"), minCacheTokens: 10, nowMs: () => now });
    const system = [{ type: "text", text: "s".repeat(400), cache_control: { type: "ephemeral" } }];
    const usageOf = async (prompt: string) => (await reply(await post({ url, body: ask(prompt, { system }) }))).usage;
    const first = await usageOf("one");
    expect(first?.cache_creation_input_tokens).toBeGreaterThan(100);
    expect(first?.cache_read_input_tokens).toBe(0);
    const second = await usageOf("two");
    expect(second).toMatchObject({
      cache_read_input_tokens: first?.cache_creation_input_tokens,
      cache_creation_input_tokens: 0,
      input_tokens: first?.input_tokens,
    });
    now = 5 * 60_000 + 1;
    expect((await usageOf("three"))?.cache_read_input_tokens).toBe(0);
  });

  test("adds up to what count_tokens says, and a script may set it", async () => {
    const { url } = await start();
    const { max_tokens: _, ...counted } = ask('hi @@[{"text":"x","usage":{"output_tokens":7}}]');
    const response = await fetch(`${url}/v1/messages/count_tokens`, {
      method: "POST",
      headers: clientHeaders(),
      body: JSON.stringify(counted),
    });
    const { usage } = await reply(await post({ url, body: { ...counted, max_tokens: 9 } }));
    expect(usage?.input_tokens).toBe((await reply(response)).input_tokens);
    expect(usage?.output_tokens).toBe(7);
  });
});

describe("a fault", () => {
  test.each([
    [400, "invalid_request_error"],
    [401, "authentication_error"],
    [402, "billing_error"],
    [403, "permission_error"],
    [404, "not_found_error"],
    [413, "request_too_large"],
    [429, "rate_limit_error"],
    [500, "api_error"],
    [529, "overloaded_error"],
  ] as const)("of status %i has the error type %s and hits once", async (status, type) => {
    const emulator = await start({ script: says("fine") });
    emulator.inject({ fault: { kind: "status", status, retryAfterS: 3, shouldRetry: false } });
    const response = await post({ url: emulator.url, body: ask("hi") });
    expect([response.status, (await reply(response)).error?.type]).toEqual([status, type]);
    expect(response.headers.get("retry-after")).toBe("3");
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect((await post({ url: emulator.url, body: ask("hi") })).status).toBe(200);
    expect(emulator.requests.all.map((record) => record.outcome)).toEqual(["faulted", "completed"]);
  });

  const long = "word ".repeat(100);
  const readUntilCut = async (response: Response): Promise<{ received: string; failed: boolean }> => {
    const decoder = new TextDecoder();
    let received = "";
    try {
      for await (const chunk of response.body ?? []) received += decoder.decode(chunk as Uint8Array, { stream: true });
    } catch {
      return { received, failed: true };
    }
    return { received, failed: false };
  };

  test.each(["mid", "reset"] as const)("cuts the stream: %s", async (at) => {
    const emulator = await start({ script: says(long) });
    emulator.inject({ fault: { kind: "cut", at } });
    const { received, failed } = await readUntilCut(
      await post({ url: emulator.url, body: ask("hi", { stream: true }) }),
    );
    expect(failed).toBe(true);
    expect(received).toContain("content_block_delta");
    expect(received).not.toContain("message_stop");
  });

  test("cuts before the first event, which costs nothing", async () => {
    const emulator = await start({ script: says(long) });
    emulator.inject({ fault: { kind: "cut", at: "start" } });
    const cut = await readUntilCut(await post({ url: emulator.url, body: ask("hi", { stream: true }) }));
    expect(cut).toEqual({ received: "", failed: true });
    expect(emulator.requests.all[0]?.usage).toBeUndefined();
  });

  test("sends an SSE error after half of the answer", async () => {
    const { url } = await start();
    const events = await stream(url, ask('@@[{"sseError":"overloaded_error"},{"text":"and on it goes"}]'));
    expect(events.at(-1)).toMatchObject({ event: "error", data: { error: { type: "overloaded_error" } } });
    expect(kinds(events)).not.toContain("message_stop");
  });

  test("stalls until the client hangs up, and the record says so", async () => {
    const emulator = await start({ script: says(long) });
    emulator.inject({ fault: { kind: "stall" } });
    const client = new AbortController();
    const response = await post({ url: emulator.url, body: ask("hi", { stream: true }), signal: client.signal });
    const reading = readUntilCut(response);
    const record = await emulator.requests.until((entry) => entry.input !== undefined);
    expect(record.outcome).toBeUndefined();
    client.abort();
    expect((await reading).received).not.toContain("message_stop");
    await emulator.requests.until((entry) => entry.outcome === "faulted");
  });

  test("a client that leaves a slow answer is recorded as aborted", async () => {
    const emulator = await start({ script: says(long) });
    emulator.inject({ fault: { kind: "slow", chunkMs: 60_000 } });
    const client = new AbortController();
    const response = await post({ url: emulator.url, body: ask("hi", { stream: true }), signal: client.signal });
    const reading = readUntilCut(response);
    client.abort();
    expect((await reading).failed).toBe(true);
    expect((await emulator.requests.until((entry) => entry.outcome === "aborted")).usage).toBeDefined();
  });

  test("in the prompt fails the next answer as often as it says, then the answer comes", async () => {
    const { url } = await start();
    const body = ask('@@[{"status":529,"times":2},{"status":429,"retryAfterS":1},{"text":"at last"}]');
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) statuses.push((await post({ url, body })).status);
    expect(statuses).toEqual([529, 529, 429, 200]);
  });

  test("hits only the requests it is meant for", async () => {
    const emulator = await start({ script: says("fine") });
    emulator.inject({ fault: { kind: "status", status: 500 }, when: (input) => input.prompt === "mine" });
    expect((await post({ url: emulator.url, body: ask("yours") })).status).toBe(200);
    expect((await post({ url: emulator.url, body: ask("mine") })).status).toBe(500);
  });

  test("a script in the prompt that is not valid is refused with the reason", async () => {
    const { url } = await start();
    const response = await post({ url, body: ask('@@[{"txet":"hi"}]') });
    expect([response.status, (await reply(response)).error?.message]).toEqual([400, expect.stringContaining("txet")]);
  });
});

test("greetings, the steered prompt and tool names reach the record", async () => {
  const emulator = await start({ script: rules([{ prompt: /stop/, steps: [tool("Bash", { command: "true" })] }]) });
  expect((await fetch(emulator.url, { method: "HEAD" })).status).toBe(200);
  expect((await fetch(`${emulator.url}/api/hello`, { method: "HEAD" })).status).toBe(200);
  const messages = [
    { role: "user", content: "<system-reminder>be kind</system-reminder>" },
    { role: "system", content: "The user sent a new message while you were working: please stop" },
  ];
  const headers = clientHeaders({ "anthropic-beta": "mid-conversation-system-2026-04-07" });
  const tools = [{ name: "Bash", input_schema: { type: "object" } }];
  expect((await post({ url: emulator.url, body: ask("", { messages, tools }), headers })).status).toBe(200);
  const [record] = emulator.requests.messages();
  expect(record?.input).toMatchObject({ step: 0, tools: ["Bash"], prompt: expect.stringContaining("please stop") });
  expect(record?.query).toBe("beta=true");
});
