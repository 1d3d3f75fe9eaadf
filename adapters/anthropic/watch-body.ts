import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";

export type BodyOutcome = "complete" | "stalled" | "broken" | "left";

export interface WatchOptions {
  clock: Clock;
  /** Silence that counts as a stall. Time in which the reader does not ask for more does not count. */
  idleTimeoutMs: number;
  onChunk(chunk: Uint8Array): void;
  /** Called once: the source ended, stood still or broke, or the reader left. The reader sees the end of a complete body after this has settled. Never rejects. */
  onEnd(outcome: BodyOutcome): Promise<void>;
  /** Ends the source. */
  stop(): void;
}

/** Passes a body on as it comes, and cuts it off when it stands still. */
export function watchBody(source: ReadableStream<Uint8Array>, options: WatchOptions): ReadableStream<Uint8Array> {
  const { clock, idleTimeoutMs, onChunk, onEnd, stop } = options;
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

  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const cancel = clock.after(idleTimeoutMs, () => {
      void end("stalled");
      const text = `The model provider sent nothing for ${idleTimeoutMs / 1_000} s; the answer was cut off.`;
      controller.error(new PortError(text, { code: "timeout", retryable: true }));
    });
    try {
      const { done, value } = await reader.read();
      cancel();
      if (hasEnded) return;
      if (done) {
        await end("complete");
        controller.close();
        return;
      }
      onChunk(value);
      controller.enqueue(value);
    } catch (cause) {
      if (hasEnded) return;
      void end("broken");
      controller.error(new PortError("The model's answer broke off.", { code: "unavailable", retryable: true, cause }));
    } finally {
      cancel();
    }
  }

  // Nothing is read ahead: a reader that stops reading stops the provider.
  return new ReadableStream({ pull, cancel: () => end("left") }, { highWaterMark: 0 });
}
