import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { createMemoryBlobs } from "../../../adapters/memory/blobs.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import type { Output } from "../../../src/ports/agents.js";
import type { Blobs } from "../../../src/ports/blobs.js";
import { PortError } from "../../../src/ports/port-error.js";
import { maxBlobBytes } from "../../../src/runtime/agents/detail-allowance.js";
import { createOutputKeeper } from "../../../src/runtime/agents/kept-output.js";

const canary = "sk-ant-api03-canary0123456789canary";
const logger = createMemoryLogger({ maxRecords: 100 });
const result = (text: string, rest?: string): Output => ({
  kind: "toolResult",
  id: "t1",
  ok: true,
  bytes: Buffer.byteLength(text + (rest ?? "")),
  text,
  ...(rest !== undefined && { rest }),
});

async function readBlob(blobs: Blobs, sha256: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await blobs.open(sha256)) ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

test.each<[string, Output]>([
  ["the input of a tool", { kind: "tool", id: "t", name: "Bash", phase: "started", summary: canary, input: canary }],
  ["the result of a tool", result(`a ${canary} b`)],
  ["a thought", { kind: "thinking", text: canary }],
  ["the text of a subagent", { kind: "block", outputId: "o", index: 0, text: canary, subagent: true }],
  ["a plan", { kind: "plan", entries: [{ text: canary, state: "pending" }] }],
  ["a summary", { kind: "compaction", summary: canary }],
  ["a notice", { kind: "notice", text: canary, severity: "info" }],
])("%s loses its secrets", async (_what, output) => {
  const keeper = createOutputKeeper({ logger });
  const kept = JSON.stringify(await keeper.keep("turn", output));
  expect(kept).not.toContain("canary");
  expect(kept).toContain("[removed]");
});

test("a request to people stays as it is, for it is what would run", async () => {
  const ask: Output = { kind: "ask", requestId: "r", askKind: "tool", title: "Bash", input: { command: canary } };
  expect(await createOutputKeeper({ logger }).keep("turn", ask)).toEqual(ask);
});

test("a long result is stored whole, without its secrets, and its size is said", async () => {
  const blobs = createMemoryBlobs();
  const keeper = createOutputKeeper({ blobs, logger });
  const text = "x".repeat(16 * 1_024 - 20);
  const kept = await keeper.keep(
    "turn",
    result(`${text} ${canary.slice(0, 10)}`, `${canary.slice(10)} the end of it all`),
  );
  if (kept.kind !== "toolResult" || kept.blob === undefined) throw new Error("no result was stored");
  const whole = `${text} [removed] the end of it all`;
  expect(await readBlob(blobs, kept.blob)).toBe(whole);
  expect(kept).toMatchObject({ cut: true, bytes: text.length + 1 + canary.length + 18 });
  expect(kept.blob).toBe(createHash("sha256").update(whole).digest("hex"));
  expect(whole.startsWith(kept.text)).toBe(true);
  expect(Buffer.byteLength(kept.text)).toBeLessThanOrEqual(16 * 1_024);
  expect("rest" in kept).toBe(false);
});

test("a result that cannot be stored is kept as its beginning, and the agent goes on", async () => {
  const blobs = { put: () => Promise.reject(new PortError("full", { code: "full", retryable: false })) };
  const kept = await createOutputKeeper({ blobs, logger }).keep("turn", result("y".repeat(16_384), "z"));
  expect(kept).toMatchObject({ cut: true, bytes: 16_385 });
  expect("blob" in kept).toBe(false);
});

test("a turn that gives gigabytes back keeps little of each, and the next turn begins with all of its allowance", async () => {
  let stored = 0;
  const blobs = {
    put: (bytes: unknown) => {
      stored += (bytes as Uint8Array).length;
      return Promise.resolve("a".repeat(64));
    },
  };
  const keeper = createOutputKeeper({ blobs, logger });
  const large = result("a ".repeat(8_192), "b ".repeat(500_000));
  let kept = 0;
  for (let at = 0; at < 2_000; at += 1) kept += JSON.stringify(await keeper.keep("one", large)).length;
  expect(stored).toBeLessThanOrEqual(maxBlobBytes);
  expect(kept).toBeLessThan(6 * 1_024 * 1_024);
  const next = await keeper.keep("two", large);
  expect(next).toMatchObject({ blob: "a".repeat(64) });
});

test("the end of a result that was cut holds no beginning of a secret", async () => {
  const secret = "the-secret-of-this-installation";
  const cutSecrets = (text: string, { isCut } = { isCut: false }) => {
    const whole = text.replaceAll(secret, "[removed]");
    return isCut ? whole.replace(/the-secret[a-z-]*$/, "") : whole;
  };
  const keeper = createOutputKeeper({ cutSecrets, logger });
  const output: Output = { kind: "toolResult", id: "t", ok: true, bytes: 9_000_000, text: "it is the-secret-of" };
  expect(await keeper.keep("turn", output)).toMatchObject({ text: "it is " });
  const tool: Output = { kind: "tool", id: "t", name: "Bash", phase: "started", summary: "echo the-secret-of…" };
  expect(await keeper.keep("turn", tool)).toMatchObject({ summary: "echo …" });
});
