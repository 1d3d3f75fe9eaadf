import fc from "fast-check";
import { expect, test } from "vitest";
import type { Output } from "../../../src/ports/agents.js";
import { boundOutput, cutWithWords, maxTextBytes } from "../../../src/runtime/agents/bounded-output.js";

const huge = "é".repeat(600_000);

test.each<[name: string, output: Output]>([
  ["a text", { kind: "block", outputId: huge, index: 0, text: huge, messageId: huge }],
  ["a piece of a text", { kind: "delta", text: huge }],
  ["a tool", { kind: "tool", id: huge, name: huge, phase: "started", summary: huge }],
  ["what a tool gave back", { kind: "toolResult", id: huge, ok: true, bytes: 1, text: huge }],
  ["a plan", { kind: "plan", entries: Array.from({ length: 10_000 }, () => ({ text: huge, state: "pending" })) }],
  ["a thought", { kind: "thinking", text: huge }],
  ["a compaction", { kind: "compaction", summary: huge }],
  ["the title of a request", { kind: "ask", requestId: huge, askKind: "tool", title: huge, input: {} }],
  ["a withdrawal", { kind: "askWithdrawn", requestId: huge }],
  ["a notice", { kind: "notice", severity: "warning", text: huge }],
  ["the end of a turn", { kind: "turnEnded", outcome: "failed", error: huge }],
  [
    "usage",
    { kind: "usage", model: huge, inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 1 },
  ],
])("%s of any length is bounded", (_name, output) => {
  expect(Buffer.byteLength(JSON.stringify(boundOutput(output)))).toBeLessThan(maxTextBytes + 8_192);
});

test("an output of usual size is the same afterwards", () => {
  const output: Output = { kind: "block", outputId: "o1", index: 0, text: "a".repeat(maxTextBytes) };
  expect(boundOutput(output)).toEqual(output);
});

test("a text that is cut says so, with its length, and is cut between characters", () => {
  const text = fc.string({ unit: "grapheme", minLength: 20, maxLength: 200 });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 60 }), (whole, maxBytes) => {
      const bytes = Buffer.byteLength(whole);
      const result = cutWithWords(whole, maxBytes);
      if (bytes <= maxBytes) {
        expect(result).toBe(whole);
        return;
      }
      const [kept = ""] = result.split("\n\n[Parley cut this text here");
      expect(whole.startsWith(kept)).toBe(true);
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(maxBytes);
      expect(Buffer.from(kept).toString()).toBe(kept);
      expect(result).toContain(`it had ${bytes} bytes`);
    }),
  );
});
