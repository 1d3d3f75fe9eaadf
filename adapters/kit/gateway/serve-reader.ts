import { parentPort } from "node:worker_threads";
import { countValues, noValues } from "../json-values.js";
import { type CallReaderMessage, maxCallValues } from "./call-reader.js";
import type { BodyRules, ReadBody } from "./wire.js";

/** The program of the thread that `call-reader.ts` starts: reads one call for each message. */
export function serveReader(readBody: ReadBody): void {
  const say = (message: CallReaderMessage, moved: ArrayBuffer[] = []) => parentPort?.postMessage(message, moved);
  parentPort?.on("message", ({ body, rules }: { body: Uint8Array; rules: BodyRules }) => {
    const hasTooMany = countValues(noValues, body).values > maxCallValues;
    const call = hasTooMany ? "too-large" : readBody(body, rules);
    say({ kind: "read", call }, typeof call === "object" ? [call.bytes.buffer] : []);
  });
  say({ kind: "ready" });
}
