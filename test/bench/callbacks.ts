import { join } from "node:path";
import { finished } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import { readCall } from "../../adapters/anthropic/read-call.js";
import { maxLineBytes, maxLineValues } from "../../adapters/claude-code/claude-process.js";
import { createCallReader } from "../../adapters/kit/gateway/call-reader.js";
import { createLineLimit } from "../../adapters/kit/line-limit.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import { createPatternWorker } from "../../adapters/scripted/pattern-worker.js";
import { slowPatterns } from "../attack/scripts.js";
import { longestTurn } from "./loop-turns.js";
import { type Row, short } from "./statistics.js";

const aimMs = 50;
const callBytes = 31 * 1_024 * 1_024;
const lineBytes = maxLineBytes - 64;
const chunkBytes = 64 * 1_024;
const allowed = { models: ["claude-opus-4-5"], providerAccess: [] };

/** The largest inputs of agents and people: processor time of the longest turn of the event loop that each makes, pauses of the collector apart. */
export async function callbackRows(): Promise<Row[]> {
  const program = pathToFileURL(join(process.cwd(), "dist/adapters/anthropic/call-reader-thread.js"));
  const reader = createCallReader({
    readBody: (body, rules) => readCall(body, rules.allowed),
    clock: createSystemClock(),
    program,
  });
  const patterns = createPatternWorker();
  const call = (messages: string) => {
    const body = new Uint8Array(Buffer.from(`{"model":"claude-opus-4-5","max_tokens":9,"messages":[${messages}]}`));
    return () => reader.read(body, { allowed, form: undefined });
  };
  const line = (text: string) => () => readLine(Buffer.from(`${text}\n`));
  const longKeys = Array.from(
    { length: maxLineValues },
    (_, at) => `"${"x".repeat(lineBytes / maxLineValues - 12)}${at}":1`,
  );
  const inputs: [what: string, run: () => Promise<unknown>][] = [
    ["a model call of 31 MiB, one text", call(`{"role":"user","content":"${"x".repeat(callBytes)}"}`)],
    ["a model call of 31 MiB, small values", call(repeated(`{"role":"user","content":"x"},`, callBytes))],
    ["a model call of 31 MiB, empty lists", call(repeated("[],", callBytes))],
    ["200 slow rules and a message of 30 kB", () => patterns.firstMatch(slowPatterns, "a".repeat(30_000))],
    ["a line of 8 MiB from a sandbox, one text", line(`{"text":"${"x".repeat(lineBytes)}"}`)],
    ["a line of 8 MiB from a sandbox, small values (dropped)", line(`[${repeated('{"a":"x"},', lineBytes)}]`)],
    ["a line of 8 MiB from a sandbox, as many long keys as pass", line(`{${longKeys.join(",")}}`)],
  ];
  const rows: Row[] = [];
  for (const [what, run] of inputs) {
    const { totalMs, workMs, collectorMs } = await longestTurn(run);
    rows.push({
      id: "G2",
      what,
      result: `${short(workMs)} ms in one turn, ${short(totalMs)} ms with the collector, which paused for ${short(collectorMs)} ms`,
      aim: `≤ ${aimMs} ms without the collector`,
      met: workMs <= aimMs,
    });
  }
  return rows;
}

/** Reads a line as an agent's is read: in pieces, through the limits, and parsed at once where it passes them. */
async function readLine(bytes: Buffer): Promise<void> {
  const { stream } = createLineLimit({ maxBytes: maxLineBytes, maxValues: maxLineValues, onTooLong() {} });
  stream.on("data", (passed: Buffer) => void JSON.parse(passed.toString()));
  for (let from = 0; from < bytes.length; from += chunkBytes) {
    stream.write(bytes.subarray(from, from + chunkBytes));
    await new Promise((resolve) => setImmediate(resolve));
  }
  stream.end();
  await finished(stream);
}

/** The text as often as fits, without its last comma. */
function repeated(text: string, bytes: number): string {
  return text.repeat(Math.floor(bytes / text.length)).slice(0, -1);
}
