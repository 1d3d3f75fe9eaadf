import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";

export type BodyOutcome = "complete" | "stalled" | "broken" | "left";

export interface WatchOptions {
  clock: Clock;
  /** Silence that counts as a stall. Time in which the reader does not ask for more does not count. */
  idleTimeoutMs: number;
  onChunk(chunk: Uint8Array): void;
  /** Called once: the source ended, stood still or broke, or the reader left. */
  onEnd(outcome: BodyOutcome): void;
  /** Ends the source. */
  stop(): void;
}

/** Passes a body on as it comes, and cuts it off when it stands still. */
export function watchBody(source: ReadableStream<Uint8Array>, options: WatchOptions): ReadableStream<Uint8Array> {
  const { clock, idleTimeoutMs, onChunk, onEnd, stop } = options;
  const reader = source.getReader();
  let hasEnded = false;

  function end(outcome: BodyOutcome): void {
    if (hasEnded) return;
    hasEnded = true;
    onEnd(outcome);
    if (outcome === "complete") return;
    stop();
    reader.cancel().catch(() => {});
  }

  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const cancel = clock.after(idleTimeoutMs, () => {
      end("stalled");
      const text = `The model provider sent nothing for ${idleTimeoutMs / 1_000} s; the answer was cut off.`;
      controller.error(new PortError(text, { code: "timeout", retryable: true }));
    });
    try {
      const { done, value } = await reader.read();
      if (hasEnded) return;
      if (done) {
        end("complete");
        controller.close();
        return;
      }
      onChunk(value);
      controller.enqueue(value);
    } catch (cause) {
      if (hasEnded) return;
      end("broken");
      controller.error(new PortError("The model's answer broke off.", { code: "unavailable", retryable: true, cause }));
    } finally {
      cancel();
    }
  }

  // Nothing is read ahead: a reader that stops reading stops the provider.
  return new ReadableStream({ pull, cancel: () => end("left") }, { highWaterMark: 0 });
}
