import { afterEach, describe, expect, test } from "vitest";
import { ask, clientHeaders, createEmulators, post, reply, says } from "./client.js";

const { start, stop } = createEmulators();
afterEach(stop);

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

  test("an unknown model, path, a body that is not JSON and one that is too large", async () => {
    const { url } = await start({ script: says("fine"), maxBodyBytes: 500 });
    expect((await post({ url, body: ask("hi", { model: "gpt-4" }) })).status).toBe(404);
    expect((await post({ url: `${url}/nowhere`, body: ask("hi") })).status).toBe(404);
    expect((await post({ url, body: "{" })).status).toBe(400);
    const large = await post({ url, body: ask("a".repeat(600)) });
    expect([large.status, (await reply(large)).error?.type]).toEqual([413, "request_too_large"]);
  });
});
