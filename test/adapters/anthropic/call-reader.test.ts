import { describe, expect, test } from "vitest";
import { builtInPrices } from "../../../adapters/anthropic/built-in-prices.js";
import { createAnthropicWire } from "../../../adapters/anthropic/wire.js";
import { estimateOf } from "../../../adapters/kit/gateway/admit-call.js";
import { createCallReader } from "../../../adapters/kit/gateway/call-reader.js";
import { createPrices } from "../../../adapters/kit/gateway/prices.js";
import { realClock } from "../../support/stub-clock.js";

const allowed = { models: ["claude-opus-4-5"], providerAccess: [] };
const reading = { allowed, form: undefined };
const { readBody, readerProgram: program } = createAnthropicWire({ apiKey: "sk-ant-none" });
const of = { readBody, program, clock: realClock };
const patience = 60_000;
const bytesOf = (body: unknown) => new TextEncoder().encode(JSON.stringify(body));
const callOf = (more: object = {}) => ({
  model: "claude-opus-4-5",
  max_tokens: 10,
  messages: [{ role: "user", content: "x".repeat(2_000) }],
  ...more,
});

describe("a thread that reads calls", () => {
  const read = (body: unknown) => createCallReader({ ...of, inlineBytes: 100 }).read(bytesOf(body), reading);

  test(
    "reads them as the process itself does",
    async () => {
      const body = callOf({ stream: true, tools: [{ name: "t", input_schema: { type: "object" } }] });
      const call = await read(body);
      expect(call).toEqual(readBody(bytesOf(body), reading));
      if (typeof call !== "object") throw new Error("not read");
      expect(new TextDecoder().decode(call.bytes)).toBe(JSON.stringify(body));
      expect(estimateOf(call, createPrices(builtInPrices)).usd).toBeGreaterThan(0);
    },
    patience,
  );

  test(
    "names what is not allowed, and what is not a call",
    async () => {
      expect(await read(callOf({ service_tier: "priority" }))).toMatchObject({ blocked: { what: "service_tier" } });
      expect(await read(["x".repeat(500)])).toBeUndefined();
    },
    patience,
  );

  test(
    "is replaced when a body takes it too long, and the next body is read",
    async () => {
      const reader = createCallReader({ ...of, inlineBytes: 100, deadlineMs: 1 });
      const slow = () => reader.read(bytesOf(callOf({ system: "s".repeat(16_000_000) })), reading);
      const [first, second] = [slow(), slow()];
      expect(await first).toBe("too-large");
      expect(await second).toBe("too-large");
      expect(await reader.read(bytesOf({ model: "m" }), reading)).toMatchObject({ model: "m" });
    },
    patience,
  );

  test.each([
    ["empty lists", "[],", 600_000],
    ["empty objects", "{},", 600_000],
    ["short texts", '{"role":"user","content":"x"},', 200_000],
    ["numbers", "1,", 1_000_000],
  ])(
    "refuses a body of too many %s before it is parsed, and reads the next one",
    async (_what, piece, count) => {
      const reader = createCallReader({ ...of, deadlineMs: patience });
      const body = `{"model":"claude-opus-4-5","max_tokens":1,"messages":[${piece.repeat(count)}[]]}`;
      expect(await reader.read(new Uint8Array(Buffer.from(body)), reading)).toBe("too-large");
      const next = callOf({ system: "[{,".repeat(400_000) });
      expect(await reader.read(bytesOf(next), reading)).toMatchObject({ maxTokens: 10 });
    },
    patience,
  );
});

test("a program that cannot be loaded refuses large bodies alone", async () => {
  const missing = new URL("./no-such-program.js", import.meta.url);
  const reader = createCallReader({ ...of, inlineBytes: 1_000, program: missing });
  expect(await reader.read(bytesOf(callOf()), reading)).toBe("too-large");
  expect(await reader.read(bytesOf({ model: "m", max_tokens: 3 }), reading)).toMatchObject({ maxTokens: 3 });
});
