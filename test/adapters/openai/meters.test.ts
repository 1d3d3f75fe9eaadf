import { describe, expect, test } from "vitest";
import { createPrices, priceTableSchema } from "../../../adapters/kit/gateway/prices.js";
import { createAnswerMeter } from "../../../adapters/openai/answer-meter.js";
import { openAiPrices } from "../../../adapters/openai/built-in-prices.js";
import { createChatMeter, createResponsesMeter } from "../../../adapters/openai/stream-meters.js";

const megabyte = 1_024 * 1_024;
const model = "gpt-6.2-sol";
const usage = { input_tokens: 0, cache_creation_input_tokens: 700, output_tokens: 50_000 };
const route = { method: "POST", path: "/", upstreamPath: "/", kind: "metered" as const };
const call = { route, model, maxTokens: 50_000, usage };
const frame = (data: object) => `event: x\ndata: ${JSON.stringify(data)}\n\n`;
const created = frame({ type: "response.created", response: { model } });
const delta = (text: string) => frame({ type: "response.output_text.delta", delta: text });
const completed = (more: object) => frame({ type: "response.completed", response: { model, ...more } });
const counts = { input_tokens: 100, input_tokens_details: { cached_tokens: 60 }, output_tokens: 5 };

function metered(stream: string, meter = createResponsesMeter(call), pieceBytes = 4_096) {
  const bytes = Buffer.from(stream);
  for (let at = 0; at < bytes.length; at += pieceBytes) meter.read(bytes.subarray(at, at + pieceBytes));
  return meter.result()?.usage;
}

describe("a stream's cost", () => {
  test.each([1, 7, 64])("is the same in pieces of %i bytes and with every line end there is", (pieceBytes) => {
    const stream = created + delta("żółw ✓") + completed({ usage: counts });
    for (const ending of ["\n", "\r\n", "\r"]) {
      const cost = metered(stream.replaceAll("\n", ending), createResponsesMeter(call), pieceBytes);
      expect(cost).toMatchObject({ input_tokens: 40, cache_read_input_tokens: 60, output_tokens: 5 });
    }
  });

  test.each(["response.incomplete", "response.failed"])("is its count where it ends with %s", (type) => {
    expect(metered(created + frame({ type, response: { model, usage: counts } }))?.output_tokens).toBe(5);
  });

  test("is its input and what passed where it failed without a count", () => {
    const failed = frame({ type: "response.failed", response: { model, usage: null } });
    expect(metered(created + delta("z".repeat(400)) + failed)).toEqual({ ...usage, output_tokens: 406 });
  });

  test("is unknown before it has begun", () => {
    expect(metered(frame({ type: "error", message: "no" }))).toBeUndefined();
  });

  test("counts arguments, reasoning and the input of custom tools as output", () => {
    const kinds = ["function_call_arguments", "reasoning_summary_text", "custom_tool_call_input", "refusal"];
    const said = kinds.map((kind) => frame({ type: `response.${kind}.delta`, delta: "z".repeat(100) })).join("");
    expect(metered(created + said)?.output_tokens).toBe(406);
  });

  test("has searches, and the dearer lane in which it was answered", () => {
    const output = [{ type: "web_search_call" }, { type: "message" }, { type: "web_search_call" }];
    expect(metered(created + completed({ usage: counts, output, service_tier: "priority" }))).toMatchObject({
      server_tool_use: { web_search_requests: 2 },
      speed: "fast",
    });
  });

  test("counts a line that is too long to be read as output, up to the most the call may have", () => {
    expect(metered(created + delta("y".repeat(5 * megabyte)), createResponsesMeter(call), 65_536)?.output_tokens).toBe(
      50_000,
    );
  });

  test.each(["1e308", "-5", '"many"', "null"])("ignores a figure that is not a count: %s", (raw) => {
    const end = `data: {"type":"response.completed","response":{"usage":{"input_tokens":3,"output_tokens":${raw}}}}\n\n`;
    expect(metered(created + delta("z".repeat(400)) + end)?.output_tokens).toBe(406);
  });

  test("of a chat is its last chunk's", () => {
    const chunk = (more: object) => frame({ model, choices: [{ delta: { content: "z".repeat(400) } }], ...more });
    const end = { choices: [], usage: { prompt_tokens: 9, completion_tokens: 2 } };
    expect(metered(chunk({ usage: null }) + chunk(end), createChatMeter(call))).toMatchObject({
      input_tokens: 9,
      output_tokens: 2,
    });
    expect(metered(chunk({ usage: null }), createChatMeter(call))).toEqual({ ...usage, output_tokens: 406 });
  });
});

test("more cached or written tokens than input are not taken for it", () => {
  const meter = createAnswerMeter({ model });
  const details = { cached_tokens: 90, cache_write_tokens: 90 };
  meter.read(Buffer.from(JSON.stringify({ usage: { ...counts, input_tokens_details: details } })));
  expect(meter.result()).toMatchObject({
    model,
    usage: { input_tokens: 0, cache_read_input_tokens: 90, cache_creation_input_tokens: 10 },
  });
});

describe("built-in prices", () => {
  const prices = createPrices(openAiPrices);

  test("are a valid table of their own", () => {
    expect(priceTableSchema.parse(openAiPrices)).toEqual(openAiPrices);
  });

  test.each([
    ["gpt-6.2-astra", 8, 40],
    ["gpt-6.2-sol", 2, 10],
    ["gpt-6.2-sol-2026-11-17", 2, 10],
    ["gpt-6.1-terra", 1, 5],
    ["gpt-6-luna", 0.1, 0.5],
  ])("of %s are %d and %d dollars a million tokens, and more for long prompts", (name, input, output) => {
    expect(prices.usageOf(name, { input_tokens: 100_000 }).usd).toBeCloseTo(input / 10, 9);
    expect(prices.usageOf(name, { output_tokens: 100_000 }).usd).toBeCloseTo(output / 10, 9);
    const long = prices.usageOf(name, { input_tokens: 300_000, output_tokens: 100_000 }).usd;
    expect(long).toBeCloseTo(0.6 * input + 0.15 * output, 9);
  });

  test("of an unknown model are the highest", () => {
    expect(prices.knows("gpt-7")).toBe(false);
    expect(prices.usageOf("gpt-7", { output_tokens: 100_000 }).usd).toBeCloseTo(5, 9);
  });
});
