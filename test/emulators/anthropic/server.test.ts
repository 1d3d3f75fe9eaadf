import { mkdtemp, rm } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ask, clientHeaders, createEmulators, post, reply, says, stream } from "./client.js";
import { byRole, rules, tool } from "./script.js";

const { start, stop } = createEmulators();
afterEach(stop);

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
    expect(events.map((event) => event.event).filter((kind) => !kind.startsWith("content_block"))).toEqual([
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

  test("is refused at once if no script has one", async () => {
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

describe("usage", () => {
  test("counts cache reads of a prefix until five minutes after its last use", async () => {
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
