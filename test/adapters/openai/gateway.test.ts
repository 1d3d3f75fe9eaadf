import { afterEach, describe, expect, test, vi } from "vitest";
import { createPrices } from "../../../adapters/kit/gateway/prices.js";
import { openAiPrices } from "../../../adapters/openai/built-in-prices.js";
import { agentToken } from "../../contract/model-gateway-room.js";
import { askChat, askResponses, openAiEvents } from "../../emulators/openai/client.js";
import { chatPath, createOpenedGateways, type OpenedGateway, openAiKey, responsesPath, steps } from "./open-gateway.js";

const { open, stop } = createOpenedGateways();
afterEach(stop);

const prices = createPrices(openAiPrices);
const waiting = { timeout: 30_000, interval: 10 };
const lastOf = ({ emulator }: OpenedGateway) => emulator.requests.at(-1);
const bodyAt = (opened: OpenedGateway) => lastOf(opened)?.body as Record<string, unknown>;
const errorOf = async (response: Response) => {
  const text = await response.text();
  expect(text).not.toContain(openAiKey);
  return (JSON.parse(text) as { error: Record<string, unknown> }).error;
};
const forms = [
  ["Responses", responsesPath, askResponses],
  ["Chat Completions", chatPath, askChat],
] as const;

describe.each(forms)("a call of %s", (_form, path, ask) => {
  test.each([true, false])("reaches the model with the key in the place of the token (stream: %s)", async (stream) => {
    const opened = await open();
    const response = await opened.call({ path, body: ask(steps({ text: "hello there" }), { stream }) });
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining("hello there")]);
    expect(lastOf(opened)).toMatchObject({ token: openAiKey, status: 200, outcome: "completed" });
    expect(JSON.stringify(lastOf(opened)?.headers)).not.toContain(agentToken);
  });

  test.each([true, false])("costs what the provider counts, cached input apart (stream: %s)", async (stream) => {
    const opened = await open();
    const long = `${"x".repeat(8_000)} ${steps({ text: "one" })}`;
    for (const _ of [1, 2]) await (await opened.call({ path, body: ask(long, { stream }) })).text();
    const usage = lastOf(opened)?.usage;
    expect(usage?.cached_tokens).toBeGreaterThan(1_000);
    const [first, second] = opened.room.settled;
    expect(first).toMatchObject({ inputTokens: 0, cacheWriteTokens: usage?.input_tokens });
    expect(second).toMatchObject({
      model: "gpt-6.2-sol",
      inputTokens: (usage?.input_tokens ?? 0) - (usage?.cached_tokens ?? 0) - (usage?.cache_write_tokens ?? 0),
      cacheReadTokens: usage?.cached_tokens,
      cacheWriteTokens: usage?.cache_write_tokens,
      outputTokens: usage?.output_tokens,
    });
    expect(second?.usd).toBeCloseTo(((usage?.cached_tokens ?? 0) * 0.1 + (usage?.output_tokens ?? 0) * 10) / 1e6, 9);
  });

  test.each([true, false])("costs its estimate where the answer has no count (stream: %s)", async (stream) => {
    const opened = await open();
    await (await opened.call({ path, body: ask(steps({ text: "a", usage: null }), { stream }) })).text();
    const [reserved, settled] = [opened.room.reserved[0], opened.room.settled[0]];
    if (!stream) return expect(settled).toEqual(reserved);
    // Of a stream at least its own text is known: the input is estimated, the output billed with a margin.
    expect(settled).toMatchObject({ cacheWriteTokens: reserved?.cacheWriteTokens, outputTokens: 258 });
  });

  test("reserves all output a model can give where it names no limit, and what it names otherwise", async () => {
    const opened = await open();
    const limit = path === chatPath ? "max_completion_tokens" : "max_output_tokens";
    await (await opened.call({ path, body: ask(steps({ text: "a" })) })).text();
    await (await opened.call({ path, body: ask(steps({ text: "a" }), { [limit]: 2_000 }) })).text();
    expect(opened.room.reserved.map(({ outputTokens }) => outputTokens)).toEqual([128_000, 2_000]);
    expect(opened.room.reserved[0]?.usd).toBeGreaterThan(prices.usageOf("gpt-6.2-sol", { output_tokens: 128_000 }).usd);
  });

  test("is refused in the provider's form of an error, and the room is told", async () => {
    const opened = await open();
    const response = await opened.call({ path, body: ask("hello", { store: true }) });
    expect(response.status).toBe(403);
    expect(await errorOf(response)).toEqual({
      message: expect.stringContaining('the store "true" is not allowed'),
      type: "invalid_request_error",
      code: "permission_denied",
      param: null,
    });
    expect(opened.room.blocked).toEqual([{ outcome: "refused", what: "store", name: "true" }]);
    expect(opened.emulator.requests).toEqual([]);
  });

  test.each([429, 500, 503])("that the provider answers with %i hears that, and costs nothing", async (status) => {
    const opened = await open();
    opened.emulator.inject({ fault: { kind: "status", status, retryAfterS: 7 } });
    const response = await opened.call({ path, body: ask(steps({ text: "a" })) });
    expect([response.status, response.headers.get("retry-after")]).toEqual([status, "7"]);
    expect(opened.room.settled).toEqual([undefined]);
  });

  test("says at the end of a stream what it cost, whether or not the agent asked for that", async () => {
    const opened = await open();
    const text = await (await opened.call({ path, body: ask(steps({ text: "a" }), { stream: true }) })).text();
    const last = openAiEvents(text).at(-1);
    expect(JSON.stringify(last)).toContain('"total_tokens"');
  });
});

describe.each(forms)("a large call of %s", (_form, path, ask) => {
  test("is read in a thread of its own, screened as a small one is", async () => {
    const opened = await open();
    const large = `${"x".repeat(400_000)} ${steps({ text: "hello" })}`;
    const response = await opened.call({ path, body: ask(large) });
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining("hello")]);
    expect(opened.room.reserved[0]?.cacheWriteTokens).toBeGreaterThan(100_000);
    expect((await opened.call({ path, body: ask(large, { tools: [{ type: "web_search" }] }) })).status).toBe(403);
    expect(opened.room.blocked).toEqual([{ outcome: "refused", what: "tool", name: "web_search" }]);
    expect(opened.emulator.requests).toHaveLength(1);
  }, 60_000);
});

describe("what goes to the provider", () => {
  test("is never stored there", async () => {
    const opened = await open();
    const { store: _, ...unsaid } = askResponses(steps({ text: "a" }));
    await (await opened.call({ body: unsaid })).text();
    expect(bodyAt(opened).store).toBe(false);
  });

  test("has no member twice: the one that was read is the one that is sent", async () => {
    const opened = await open();
    const body = JSON.stringify(askResponses(steps({ text: "a" }))).replace(
      '"store":false',
      '"tools":[{"type":"web_search"}],"tools":[],"store":false',
    );
    await (await opened.call({ body })).text();
    expect(bodyAt(opened).tools).toEqual([]);
  });

  test("names no account, and drops betas that are on no list with one notice each", async () => {
    const opened = await open();
    await opened.call({
      headers: {
        "openai-organization": "org-other",
        "openai-project": "proj_other",
        "openai-beta": "responses=experimental,responses_multi_agent=v1",
        "x-codex-window-id": "w",
        originator: "codex_exec",
        cookie: "a=b",
      },
    });
    expect(lastOf(opened)?.headers).toMatchObject({
      "openai-beta": "responses=experimental",
      "x-codex-window-id": "w",
      originator: "codex_exec",
      "accept-encoding": "identity",
    });
    for (const name of ["openai-organization", "openai-project", "cookie"])
      expect(lastOf(opened)?.headers).not.toHaveProperty(name);
    expect(opened.room.blocked).toEqual([
      { outcome: "dropped", what: "beta header", name: "responses_multi_agent=v1" },
    ]);
  });
});

describe("routes", () => {
  test("list the models the agent may name, without a call to the provider", async () => {
    const opened = await open({ models: ["gpt-6.2-sol", "gpt-6-luna"] });
    const response = await opened.call({ method: "GET", path: "/openai/v1/models?client_version=0.171.0" });
    const { data } = (await response.json()) as { data: { id: string }[] };
    expect(data.map(({ id }) => id)).toEqual(["gpt-6.2-sol", "gpt-6-luna"]);
    expect(opened.emulator.requests).toEqual([]);
  });

  test.each([
    ["GET", "/openai/v1/responses"],
    ["POST", "/openai/v1/responses?include=all"],
    ["POST", "/openai/v1/responses/compact"],
    ["GET", "/openai/v1/responses/resp_1"],
    ["POST", "/openai/v1/files"],
    ["POST", "/openai/v1/embeddings"],
    ["POST", "/v1/responses"],
    ["POST", "/openai/v1/../v1/files"],
  ])("that are not open are refused with words: %s %s", async (method, path) => {
    const opened = await open();
    const response = await opened.call({ method, path });
    expect(response.status).toBe(403);
    expect((await errorOf(response)).message).toContain("never as a WebSocket");
    expect(opened.emulator.requests).toEqual([]);
  });
});

describe("the key", () => {
  test("that the provider refuses is said to the operator and never shown to the agent", async () => {
    const opened = await open({ emulator: { apiKeys: ["sk-proj-another"] } });
    const response = await opened.call();
    expect(response.status).toBe(403);
    expect((await errorOf(response)).message).toContain("OPENAI_API_KEY");
    expect(await opened.gateway.check()).toEqual({
      ok: false,
      detail: expect.stringContaining("see OPENAI_API_KEY and OPENAI_BASE_URL"),
    });
  });

  test("is taken out of answers and errors in every spelling", async () => {
    const opened = await open();
    const spelled = Buffer.from(openAiKey).toString("base64");
    const said = await opened.call({
      body: askResponses(steps({ text: `${openAiKey} ${spelled}` }), { stream: true }),
    });
    const text = await said.text();
    expect(text).not.toContain(openAiKey);
    expect(text).not.toContain(spelled);
    opened.emulator.inject({ fault: { kind: "status", status: 500, message: `key ${openAiKey}` } });
    expect((await errorOf(await opened.call())).message).toBe("key [removed]");
  });

  test("is sent to no redirection", async () => {
    const opened = await open({
      gateway: { fetch: async () => Response.redirect("https://evil.example.com/", 302) },
    });
    const response = await opened.call();
    expect([response.status, (await errorOf(response)).type]).toEqual([502, "server_error"]);
  });
});

test("an answer that the agent left is settled with its input and what had come out, plus a margin", async () => {
  const opened = await open();
  const body = askResponses(steps({ text: "word ".repeat(20_000), chunkMs: 20 }), { stream: true });
  const reader = (await opened.call({ body })).body?.getReader();
  for (let read = 0; read < 10; read++) await reader?.read();
  await reader?.cancel();
  await vi.waitFor(() => expect(opened.room.settled).toHaveLength(1), waiting);
  const [settled] = opened.room.settled;
  expect(settled?.cacheWriteTokens).toBe(opened.room.reserved[0]?.cacheWriteTokens);
  expect(settled?.outputTokens).toBeGreaterThan(256);
  expect(settled?.outputTokens).toBeLessThan(1_000);
});
