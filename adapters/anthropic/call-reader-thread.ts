import { parentPort } from "node:worker_threads";
import type { AllowedContent } from "../../src/ports/model-gateway.js";
import { countValues, noValues } from "../kit/json-values.js";
import { type CallReaderMessage, maxCallValues } from "./call-reader.js";
import { readCall } from "./read-call.js";

// The program of the thread that `call-reader.ts` starts: reads one call for each message.
const say = (message: CallReaderMessage, moved: ArrayBuffer[] = []) => parentPort?.postMessage(message, moved);

parentPort?.on("message", ({ body, allowed }: { body: Uint8Array; allowed: AllowedContent }) => {
  const hasTooMany = countValues(noValues, body).values > maxCallValues;
  const call = hasTooMany ? "too-large" : readCall(body, allowed);
  say({ kind: "read", call }, typeof call === "object" ? [call.bytes.buffer] : []);
});
say({ kind: "ready" });
