import { describe, expect, test } from "vitest";
import { builtInPrices } from "../../../adapters/anthropic/built-in-prices.js";
import { createCallReader } from "../../../adapters/anthropic/call-reader.js";
import { createPrices } from "../../../adapters/anthropic/prices.js";
import { estimateOf, readCall } from "../../../adapters/anthropic/read-call.js";
import { realClock } from "../../support/stub-clock.js";

const allowed = { models: ["claude-opus-4-5"], providerAccess: [] };
const patience = 60_000;
const bytesOf = (body: unknown) => new TextEncoder().encode(JSON.stringify(body));
const callOf = (more: object = {}) => ({
  model: "claude-opus-4-5",
  max_tokens: 10,
  messages: [{ role: "user", content: "x".repeat(2_000) }],
  ...more,
});

describe("a thread that reads calls", () => {
  const read = (body: unknown) => createCallReader({ clock: realClock, inlineBytes: 100 }).read(bytesOf(body), allowed);

  test(
    "reads them as the process itself does",
    async () => {
      const body = callOf({ stream: true, tools: [{ name: "t", input_schema: { type: "object" } }] });
      const reading = await read(body);
      expect(reading).toEqual(readCall(bytesOf(body), allowed));
      if (typeof reading !== "object") throw new Error("not read");
      expect(new TextDecoder().decode(reading.bytes)).toBe(JSON.stringify(body));
      expect(estimateOf(reading, createPrices(builtInPrices)).usd).toBeGreaterThan(0);
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
      const reader = createCallReader({ clock: realClock, inlineBytes: 100, deadlineMs: 1 });
      const slow = () => reader.read(bytesOf(callOf({ system: "s".repeat(16_000_000) })), allowed);
      const [first, second] = [slow(), slow()];
      expect(await first).toBe("too-large");
      expect(await second).toBe("too-large");
      expect(await reader.read(bytesOf({ model: "m" }), allowed)).toMatchObject({ model: "m" });
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
      const reader = createCallReader({ clock: realClock, deadlineMs: patience });
      const body = `{"model":"claude-opus-4-5","max_tokens":1,"messages":[${piece.repeat(count)}[]]}`;
      expect(await reader.read(new Uint8Array(Buffer.from(body)), allowed)).toBe("too-large");
      const next = callOf({ system: "[{,".repeat(400_000) });
      expect(await reader.read(bytesOf(next), allowed)).toMatchObject({ maxTokens: 10 });
    },
    patience,
  );
});

test("a program that cannot be loaded refuses large bodies alone", async () => {
  const program = new URL("./no-such-program.js", import.meta.url);
  const reader = createCallReader({ clock: realClock, inlineBytes: 1_000, program });
  expect(await reader.read(bytesOf(callOf()), allowed)).toBe("too-large");
  expect(await reader.read(bytesOf({ model: "m", max_tokens: 3 }), allowed)).toMatchObject({ maxTokens: 3 });
});
