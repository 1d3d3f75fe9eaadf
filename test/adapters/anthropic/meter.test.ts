import { describe, expect, test } from "vitest";
import { createJsonMeter, createStreamMeter } from "../../../adapters/anthropic/meter.js";
import { cpuMs } from "../../support/cpu-time.js";

const megabyte = 1_024 * 1_024;
const model = "claude-opus-4-5";
const start = (usage: object) => `data: ${JSON.stringify({ type: "message_start", message: { model, usage } })}\n\n`;
const text = (said: string) => `data: ${JSON.stringify({ type: "content_block_delta", delta: { text: said } })}\n\n`;
const last = (usage: object) => `data: ${JSON.stringify({ type: "message_delta", usage })}\n\n`;

/** Reads a stream in pieces of that many bytes. */
function metered(stream: string, pieceBytes = Number.MAX_SAFE_INTEGER, maxTokens = 50_000) {
  const meter = createStreamMeter(maxTokens);
  const bytes = Buffer.from(stream);
  for (let at = 0; at < bytes.length; at += pieceBytes) meter.read(bytes.subarray(at, at + pieceBytes));
  return meter.result();
}

describe("a stream's cost", () => {
  test.each([1, 7, 64])("is the same in pieces of %i bytes and with every line end there is", (pieceBytes) => {
    const stream = start({ input_tokens: 7 }) + text("żółw ✓") + last({ output_tokens: 5 });
    for (const ending of ["\n", "\r\n", "\r"]) {
      const usage = metered(stream.replaceAll("\n", ending), pieceBytes)?.usage;
      expect(usage).toEqual({ input_tokens: 7, output_tokens: 5 });
    }
  });

  test("is read in time that grows with the answer alone, however long a line is and in however small pieces it comes", () => {
    const endless = `${start({ input_tokens: 1 })}data: ${"x".repeat(16 * megabyte)}`;
    // Where every piece makes the whole line be looked through again this is minutes.
    expect(cpuMs(() => metered(endless, 1_024))).toBeLessThan(5_000);
  });

  test("counts a line that is too long to be read as output, up to the most the call may have", () => {
    const long = metered(start({ input_tokens: 1 }) + text("y".repeat(2 * megabyte)), 65_536, 50_000);
    expect(long?.usage.output_tokens).toBe(50_000);
    // What follows it is read again.
    const after = metered(
      start({ input_tokens: 1 }) + text("y".repeat(2 * megabyte)) + last({ output_tokens: 3 }),
      65_536,
    );
    expect(after?.usage.output_tokens).toBe(3);
  });
});

describe("figures that are not counts", () => {
  test.each(["1e308", "1e12", "-5", '"many"', "[[1]]", "{}"])("leave the cost of a whole answer unknown: %s", (raw) => {
    const meter = createJsonMeter();
    meter.read(Buffer.from(`{"model":"${model}","usage":{"input_tokens":3,"output_tokens":${raw}}}`));
    expect(meter.result()).toBeUndefined();
  });

  test.each(["1e308", "-5", '"many"'])("at the end of a stream leave what passed to be estimated: %s", (raw) => {
    const end = `data: {"type":"message_delta","usage":{"output_tokens":${raw}}}\n\n`;
    const usage = metered(start({ input_tokens: 7 }) + text("z".repeat(400)) + end)?.usage;
    // A hundred tokens, half as much again, and 256 more.
    expect(usage).toEqual({ input_tokens: 7, output_tokens: 406 });
  });

  test("in an answer that is too long to be read leave its cost unknown", () => {
    const meter = createJsonMeter();
    meter.read(Buffer.from(`{"model":"${model}","usage":{"output_tokens":1}`));
    for (let sent = 0; sent < 8; sent++) meter.read(Buffer.alloc(megabyte, " "));
    meter.read(Buffer.from("}"));
    expect(meter.result()).toBeUndefined();
  });
});
