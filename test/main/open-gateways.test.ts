import { afterEach, expect, test } from "vitest";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { parseConfig } from "../../src/config.js";
import { openGateways } from "../../src/main/open-gateways.js";
import { bodyOf } from "../adapters/anthropic/served-gateway.js";
import { agentToken, callerIn, createFakeRoom } from "../contract/model-gateway-room.js";
import { DEFAULT_API_KEY, startAnthropicEmulator } from "../emulators/anthropic/server.js";
import { askResponses, openAiHeaders } from "../emulators/openai/client.js";
import { DEFAULT_OPENAI_KEY, startOpenAiEmulator } from "../emulators/openai/server.js";
import { realClock } from "../support/stub-clock.js";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const said = '@@[{"text":"hello"}]';

/** Gateways of an installation with these keys, and an agent that may call a model of each provider. */
async function open(keys: { anthropic?: string; openai?: string }) {
  const [anthropic, openai] = [await startAnthropicEmulator(), await startOpenAiEmulator()];
  stops.push(anthropic.stop, openai.stop);
  const parsed = parseConfig({
    ANTHROPIC_BASE_URL: anthropic.url,
    OPENAI_BASE_URL: `${openai.url}/`,
    ...(keys.anthropic && { ANTHROPIC_API_KEY: keys.anthropic }),
    ...(keys.openai && { OPENAI_API_KEY: keys.openai }),
  });
  if (!parsed.ok) throw new Error(parsed.problems.join("; "));
  const logger = createMemoryLogger();
  const gateway = await openGateways({ config: parsed.config, prices: undefined, clock: realClock, logger });
  const room = createFakeRoom(["opus", "gpt-6.2-sol"]);
  const caller = callerIn(room, "mia");
  const send = (path: string, { headers, body }: { headers: Record<string, string>; body: string }) =>
    gateway.handle(new Request(`http://gateway${path}`, { method: "POST", headers, body }), caller);
  const call = async (...of: Parameters<typeof send>) => {
    const response = await send(...of);
    return [response.status, await response.text()] as const;
  };
  const anthropicHeaders = { "x-api-key": agentToken, "anthropic-version": "2023-06-01" };
  return {
    gateway,
    room,
    /** A streamed answer that goes on for minutes, once it has begun. */
    async endless() {
      const prompt = `@@[{"text":"${"word ".repeat(20_000)}","chunkMs":20}]`;
      const body = JSON.stringify(askResponses(prompt, { stream: true }));
      const reader = (
        await send("/openai/v1/responses", { headers: openAiHeaders(agentToken), body })
      ).body?.getReader();
      await reader?.read();
      return reader;
    },
    messages: () =>
      call("/v1/messages", {
        headers: { ...anthropicHeaders, "content-type": "application/json" },
        body: bodyOf(said),
      }),
    responses: () =>
      call("/openai/v1/responses", { headers: openAiHeaders(agentToken), body: JSON.stringify(askResponses(said)) }),
  };
}

test("both providers are served on one socket, with the agent's one token", async () => {
  const { messages, responses, room, gateway } = await open({ anthropic: DEFAULT_API_KEY, openai: DEFAULT_OPENAI_KEY });
  expect(await messages()).toEqual([200, expect.stringContaining("hello")]);
  expect(await responses()).toEqual([200, expect.stringContaining("hello")]);
  expect(room.settled.map((usage) => usage?.model)).toEqual(["claude-opus-5-5", "gpt-6.2-sol"]);
  expect(await gateway.check()).toEqual({ ok: true });
});

test("a provider without a key has no path", async () => {
  const withOpenAi = await open({ openai: DEFAULT_OPENAI_KEY });
  expect(await withOpenAi.responses()).toEqual([200, expect.stringContaining("hello")]);
  expect(await withOpenAi.messages()).toEqual([403, expect.stringContaining("no provider")]);
  const withAnthropic = await open({ anthropic: DEFAULT_API_KEY });
  expect(await withAnthropic.messages()).toEqual([200, expect.stringContaining("hello")]);
  expect(await withAnthropic.responses()).toEqual([403, expect.stringContaining("this route is not open to agents")]);
});

test("a key that its provider refuses is named, and the other provider goes on", async () => {
  const { messages, responses, gateway } = await open({ anthropic: DEFAULT_API_KEY, openai: "sk-proj-revoked" });
  expect((await responses())[0]).toBe(403);
  expect((await messages())[0]).toBe(200);
  expect(await gateway.check()).toEqual({ ok: false, detail: expect.stringContaining("OPENAI_API_KEY") });
});

test("an agent's slots are the same, whichever provider it calls", async () => {
  const { endless, messages, room } = await open({ anthropic: DEFAULT_API_KEY, openai: DEFAULT_OPENAI_KEY });
  const readers = await Promise.all(Array.from({ length: 8 }, endless));
  const ninth = messages();
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(room.reserved).toHaveLength(8);
  await readers[0]?.cancel();
  expect((await ninth)[0]).toBe(200);
  await Promise.all(readers.map((reader) => reader?.cancel()));
}, 60_000);
