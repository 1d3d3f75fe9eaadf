import { describe, expect, test } from "vitest";
import { builtInPrices } from "../../../adapters/anthropic/built-in-prices.js";
import { createStreamMeter } from "../../../adapters/anthropic/meter.js";
import { createPrices, priceTableSchema } from "../../../adapters/kit/gateway/prices.js";

const prices = createPrices(builtInPrices);
const million = 1_000_000;

describe("prices", () => {
  test.each([
    ["claude-opus-5-5", 4],
    ["claude-opus-5-5-20260901", 4],
    ["claude-opus-5", 5],
    ["claude-opus-4-20250514", 15],
    ["claude-haiku-4-5-20251001", 1],
  ])("of %s: %s dollars a million tokens in", (model, usd) => {
    expect(prices.knows(model)).toBe(true);
    expect(prices.usageOf(model, { input_tokens: 50_000 }).usd).toBeCloseTo(usd / 20, 9);
  });

  test("of an unknown model are the highest", () => {
    expect(prices.knows("claude-opus-55")).toBe(false);
    expect(prices.usageOf("mystery", { output_tokens: million }).usd).toBeCloseTo(75, 9);
  });

  test("tell an hour in the cache from five minutes, fast from slow, and count searches and long prompts", () => {
    const written = { cache_creation_input_tokens: million };
    expect(prices.usageOf("claude-opus-5", written).usd).toBeCloseTo(6.25, 9);
    const hour = { ...written, cache_creation: { ephemeral_1h_input_tokens: million } };
    expect(prices.usageOf("claude-opus-5", hour).usd).toBeCloseTo(10, 9);
    expect(prices.usageOf("claude-opus-5", { ...written, speed: "fast" }).usd).toBeCloseTo(37.5, 9);
    expect(prices.usageOf("claude-opus-5", { server_tool_use: { web_search_requests: 3 } }).usd).toBeCloseTo(0.03, 9);
    expect(prices.usageOf("claude-haiku-5-5", { input_tokens: million }).usd).toBeCloseTo(0.5, 9);
  });

  test("that are built in have the shape a file must have", () => {
    expect(priceTableSchema.parse(builtInPrices)).toEqual(builtInPrices);
  });

  test("come from a file of one's own, which is checked", () => {
    const rate = { input: 1, output: 2, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
    const own = createPrices(priceTableSchema.parse({ models: { "my-model": rate } }));
    expect(own.usageOf("my-model-2", { input_tokens: million, output_tokens: million }).usd).toBe(3);
    for (const wrong of [{}, { models: {} }, { models: { a: { ...rate, input: -1 } } }]) {
      expect(priceTableSchema.safeParse(wrong).success).toBe(false);
    }
  });
});

describe("the meter of a stream", () => {
  const event = (data: object) => `event: x\ndata: ${JSON.stringify(data)}\n\n`;
  const all = [
    event({ type: "message_start", message: { model: "m", usage: { input_tokens: 3, cache_read_input_tokens: 5 } } }),
    event({ type: "content_block_delta", delta: { type: "text_delta", text: "ünïcode" } }),
    "data: not json\n\n: comment\n\n",
    event({ type: "message_delta", usage: { output_tokens: 9, input_tokens: null } }),
  ].join("");

  test("reads it however it is cut", () => {
    const bytes = Buffer.from(all);
    for (let size = 1; size < 40; size++) {
      const meter = createStreamMeter();
      for (let at = 0; at < bytes.length; at += size) meter.read(bytes.subarray(at, at + size));
      expect(meter.result()).toEqual({
        model: "m",
        usage: { input_tokens: 3, cache_read_input_tokens: 5, output_tokens: 9 },
      });
    }
  });

  test("says nothing before it begins", () => {
    const meter = createStreamMeter();
    meter.read(Buffer.from("event: error\ndata: {}\n\n"));
    expect(meter.result()).toBeUndefined();
  });
});
