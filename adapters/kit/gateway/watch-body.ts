import type { Clock } from "../../../src/ports/clock.js";
import { PortError } from "../../../src/ports/port-error.js";
import type { Redactor } from "./redact.js";

export type BodyOutcome = "complete" | "stalled" | "broken" | "left";

export interface WatchOptions {
  clock: Clock;
  /** Silence that counts as a stall. Time in which the reader does not ask for more does not count. */
  idleTimeoutMs: number;
  onChunk(chunk: Uint8Array): void;
  /** Takes out of the body what must not pass. It sees all of it before anything is passed on. */
  redactor: Redactor;
  /** Called once: the source ended, stalled or failed, or the reader left. The reader sees the end of a complete body after this has settled. Never rejects. */
  onEnd(outcome: BodyOutcome): Promise<void>;
  /** Ends the source. */
  stop(): void;
}

/** Passes a body on as it arrives, and aborts it when it stalls. */
export function watchBody(source: ReadableStream<Uint8Array>, options: WatchOptions): ReadableStream<Uint8Array> {
  const { clock, idleTimeoutMs, onChunk, redactor, onEnd, stop } = options;
  const reader = source.getReader();
  let hasEnded = false;

  async function end(outcome: BodyOutcome): Promise<void> {
    if (hasEnded) return;
    hasEnded = true;
    const ended = onEnd(outcome);
    if (outcome === "complete") return ended;
    stop();
    reader.cancel().catch(() => {});
  }

  /** Reads until there is something to pass on, or nothing more comes. */
  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    while (!hasEnded) {
      if (await readOne(controller)) return;
    }
  }

  /** True: something was passed on. */
  async function readOne(controller: ReadableStreamDefaultController<Uint8Array>): Promise<boolean> {
    const cancel = clock.after(idleTimeoutMs, () => {
      void end("stalled");
      const text = `The model provider sent nothing for ${idleTimeoutMs / 1_000} s; the answer was cut off.`;
      controller.error(new PortError(text, { code: "timeout", retryable: true }));
    });
    try {
      const { done, value } = await reader.read();
      cancel();
      if (hasEnded) return false;
      if (done) {
        await end("complete");
        passOn(controller, redactor.end());
        controller.close();
        return true;
      }
      onChunk(value);
      return passOn(controller, redactor.push(value));
    } catch (cause) {
      if (hasEnded) return false;
      void end("broken");
      controller.error(new PortError("The model's answer broke off.", { code: "unavailable", retryable: true, cause }));
      return false;
    } finally {
      cancel();
    }
  }

  function passOn(controller: ReadableStreamDefaultController<Uint8Array>, bytes: Uint8Array): boolean {
    if (bytes.length > 0) controller.enqueue(bytes);
    return bytes.length > 0;
  }

  // Nothing is read ahead: a reader that stops reading stops the provider.
  return new ReadableStream({ pull, cancel: () => end("left") }, { highWaterMark: 0 });
}
