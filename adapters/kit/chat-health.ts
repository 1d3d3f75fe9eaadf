import type { Health } from "../../src/ports/health.js";

export interface ChatHealthFacts {
  /** The problem with the token or its rights, as a sentence for people. */
  problem: string | undefined;
  /** Set while nothing that people write arrives: sentences that say so and why. */
  deaf?: string | undefined;
  /** Degraded functions. Alone they are not a failure. */
  limitation?: string | undefined;
}

/** The health of a chat adapter, in sentences for people. Not ok while `problem` or `deaf` is set. */
export function chatHealth({ problem, deaf, limitation }: ChatHealthFacts): Health {
  const isOk = problem === undefined && deaf === undefined;
  const retried = deaf && `${deaf} It is tried again, and what was written meanwhile is read then.`;
  const sentences = [problem, retried, limitation].filter((text) => text !== undefined);
  return sentences.length === 0 ? { ok: isOk } : { ok: isOk, detail: sentences.join(" ") };
}
