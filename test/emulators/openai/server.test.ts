import { afterEach, describe, expect, test } from "vitest";
import { askChat, askResponses, openAiEvents, openAiHeaders, postOpenAi } from "./client.js";
import { encryptedReasoning } from "./responses-rules.js";
import { type OpenAiEmulator, type OpenAiEmulatorOptions, startOpenAiEmulator } from "./server.js";

const started: OpenAiEmulator[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((emulator) => emulator.stop()));
});

const start = async (options: OpenAiEmulatorOptions = {}): Promise<OpenAiEmulator> => {
  const emulator = await startOpenAiEmulator(options);
  started.push(emulator);
  return emulator;
};
const steps = (...list: readonly object[]): string => `@@${JSON.stringify(list)}`;
const user = (text: string) => ({ role: "user", content: text });
const errorOf = async (response: Response) =>
  ((await response.json()) as { error: { message: string; type: string; param: string | null; code: string | null } })
    .error;
const custom = { type: "custom", name: "exec", format: { type: "text" } };
const inNamespace = { type: "namespace", name: "functions", description: "", tools: [custom] };
const found = { type: "function", name: "look", parameters: { type: "object" }, strict: false };

describe("a streamed response", () => {
  test("has the vendor's events in their order, numbered from 0", async () => {
    const { url } = await start();
    const prompt = steps({ thinking: "hm", text: "hello", tool: "exec", input: "text(1)", chunkChars: 3 });
    const body = askResponses(prompt, { stream: true, tools: [inNamespace] });
    const events = openAiEvents(await (await postOpenAi({ url, path: "/responses", body })).text());
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, index) => index));
    const kinds = events.map(({ type }) => String(type).replace("response.", ""));
    expect(kinds.filter((kind, index) => kind !== kinds[index - 1])).toEqual([
      ...["created", "in_progress"],
      ...["output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta"],
      ...["reasoning_summary_text.done", "reasoning_summary_part.done", "output_item.done"],
      ...["output_item.added", "content_part.added", "output_text.delta", "output_text.done", "content_part.done"],
      "output_item.done",
      ...["output_item.added", "custom_tool_call_input.delta", "custom_tool_call_input.done", "output_item.done"],
      "completed",
    ]);
    const deltas = events.filter(({ type }) => type === "response.output_text.delta");
    expect(deltas.map(({ delta }) => delta)).toEqual(["hel", "lo"]);
    const { response } = events.at(-1) as { response: { output: object[]; usage: object } };
    expect(response.output.at(-1)).toMatchObject({ type: "custom_tool_call", name: "exec", namespace: "functions" });
    expect(response.usage).toMatchObject({ input_tokens_details: { cached_tokens: 0 } });
  });

  test("says at its end that it failed, or breaks off", async () => {
    const { url } = await start();
    const ask = (fault: object) =>
      postOpenAi({ url, path: "/responses", body: askResponses(steps(fault, { text: "a" }), { stream: true }) });
    const failed = openAiEvents(await (await ask({ failed: "server_error" })).text()).at(-1);
    expect(failed).toMatchObject({ type: "response.failed", response: { error: { code: "server_error" } } });
    await expect((await ask({ cut: "mid" })).text()).rejects.toThrow();
    const limited = await ask({ status: 429, retryAfterS: 3 });
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "3"]);
    expect((await errorOf(limited)).code).toBe("rate_limit_exceeded");
  });
});

describe("a streamed chat", () => {
  test("counts in its last chunk where it is asked to, and ends with [DONE]", async () => {
    const { url } = await start();
    const ask = async (more: object) =>
      (
        await postOpenAi({
          url,
          path: "/chat/completions",
          body: askChat(steps({ text: "hello" }), { stream: true, ...more }),
        })
      ).text();
    const plain = await ask({});
    expect(plain.endsWith("data: [DONE]\n\n")).toBe(true);
    expect(plain).not.toContain("usage");
    const counted = openAiEvents(await ask({ stream_options: { include_usage: true } }));
    expect(counted.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 2 } });
  });
});

test("what was sent before is cached, and what is new is written", async () => {
  const { url, requests } = await start();
  const first = user(`${"x".repeat(8_000)} ${steps({ text: "a" })}`);
  for (const input of [[first], [first, user(steps({ text: "b" }))]]) {
    await (await postOpenAi({ url, path: "/responses", body: askResponses("", { input }) })).text();
  }
  const [one, two] = requests.map(({ usage }) => usage);
  expect(one).toMatchObject({ cached_tokens: 0, cache_write_tokens: one?.input_tokens });
  expect(two?.cached_tokens).toBe(one?.input_tokens);
});

describe("what the vendor refuses is refused in its words", () => {
  const call = { type: "function_call", call_id: "c1", name: "look", arguments: "{}" };
  const reasoning = { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "hm" }] };
  test.each<[string, object, string | null, number]>([
    ["an unknown member", { foo: 1 }, "unknown_parameter", 400],
    ["an unknown member of an item", { input: [{ role: "user", content: "a", foo: 1 }] }, "unknown_parameter", 400],
    ["an unknown kind of tool", { tools: [{ type: "agent" }] }, "invalid_value", 400],
    ["a member of the wrong type", { stream: "yes" }, "invalid_type", 400],
    ["no model", { model: undefined }, "missing_required_parameter", 400],
    ["a model that does not exist", { model: "gpt-7" }, "model_not_found", 404],
    ["an earlier response, as none is stored", { previous_response_id: "resp_1" }, "previous_response_not_found", 400],
    ["an item by its id", { input: [{ type: "item_reference", id: "msg_1" }] }, null, 404],
    ["a model that cannot stop to reason", { reasoning: { effort: "none" } }, "unsupported_value", 400],
    ["a temperature", { temperature: 0.5 }, "unsupported_parameter", 400],
    ["too little output", { max_output_tokens: 1 }, "invalid_value", 400],
    ["a tool twice", { tools: [found, found] }, null, 400],
    ["a call without its output", { input: [user("a"), call] }, null, 400],
    [
      "an output without its call",
      { input: [{ type: "function_call_output", call_id: "c2", output: "a" }] },
      null,
      400,
    ],
    ["reasoning that was never stored", { input: [user("a"), reasoning] }, null, 404],
    [
      "reasoning that was altered",
      { input: [user("a"), { ...reasoning, encrypted_content: encryptedReasoning("other") }] },
      "invalid_encrypted_content",
      400,
    ],
  ])("%s", async (_what, more, code, status) => {
    const { url, requests } = await start();
    const response = await postOpenAi({
      url,
      path: "/responses",
      body: askResponses(steps({ text: "a" }), { ...more }),
    });
    expect(response.status).toBe(status);
    const error = await errorOf(response);
    expect(error).toMatchObject({ type: "invalid_request_error", code });
    expect(requests[0]).toMatchObject({ outcome: "refused", refusal: error.message });
  });

  test.each<[string, object]>([
    ["a limit that models which reason do not have", { max_tokens: 10 }],
    ["options of a stream without one", { stream_options: { include_usage: true } }],
    ["a result without its call", { messages: [user("a"), { role: "tool", tool_call_id: "c1", content: "a" }] }],
    ["an unknown member", { input: [] }],
  ])("in a chat: %s", async (_what, more) => {
    const { url } = await start();
    const body = askChat(steps({ text: "a" }), { ...more });
    expect((await postOpenAi({ url, path: "/chat/completions", body })).status).toBe(400);
  });

  test("a key that is missing or unknown, a form that is not JSON, a path that is not there", async () => {
    const { url } = await start({ maxBodyBytes: 1_000 });
    const body = askResponses(steps({ text: "a" }));
    const post = (more: object) => postOpenAi({ url, path: "/responses", body, ...more });
    expect((await post({ headers: { "content-type": "application/json" } })).status).toBe(401);
    const unknown = await post({ headers: openAiHeaders("sk-proj-of-somebody-else") });
    expect([unknown.status, (await errorOf(unknown)).message]).toEqual([
      401,
      expect.not.stringContaining("sk-proj-of-somebody-else"),
    ]);
    expect((await post({ body: "{" })).status).toBe(400);
    expect((await post({ headers: { ...openAiHeaders(), "content-type": "text/plain" } })).status).toBe(400);
    expect((await post({ body: askResponses("x".repeat(2_000)) })).status).toBe(413);
    expect((await post({ path: "/files" })).status).toBe(404);
  });
});
