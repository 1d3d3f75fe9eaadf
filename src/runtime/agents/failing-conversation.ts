import type { Clock } from "../../ports/clock.js";

/** A provider that fails on one conversation for so long, while it answers others, is taken to fail because of the conversation. */
const failsAloneAfterMs = 10 * 60_000;
/** So many of its failures must come after an answer to somebody else. */
const minContradictions = 3;

/** Failures of one conversation in a row. Times: monotonic ms. */
export interface ConversationFailures {
  readonly sinceMs: number;
  readonly lastMs: number;
  /** Failures between which and the one before the provider answered another conversation. */
  readonly contradictions: number;
}

/** The failures with one more. `othersAnsweredMs`: the provider's latest answer to another conversation. */
export function failedAgain(
  before: ConversationFailures | undefined,
  { nowMs, othersAnsweredMs }: { nowMs: number; othersAnsweredMs: number | undefined },
): ConversationFailures {
  if (!before) return { sinceMs: nowMs, lastMs: nowMs, contradictions: 0 };
  const isContradicted = othersAnsweredMs !== undefined && othersAnsweredMs > before.lastMs;
  return { ...before, lastMs: nowMs, contradictions: before.contradictions + (isContradicted ? 1 : 0) };
}

/** Whether the conversation is to blame. Where no other is answered the provider is: that is an outage. */
export function failsAlone({ sinceMs, lastMs, contradictions }: ConversationFailures): boolean {
  return lastMs - sinceMs >= failsAloneAfterMs && contradictions >= minContradictions;
}

/** The conversation of one agent, as its provider treats it. `provider`: names the provider and the model, the same for agents that share both. */
export interface ConversationWatch {
  answered(provider: string): void;
  /** The provider failed on a call and did not say why. Returns how long it has done so if only this conversation is concerned. */
  failed(provider: string): { lastedMs: number } | undefined;
}

interface Answer {
  agent: string;
  atMs: number;
}

/** Watches the conversations of all agents of this process. Returns the watch of one, by a key of its agent. */
export function createConversationWatches({ clock }: { clock: Clock }): (agent: string) => ConversationWatch {
  /** By provider: the latest answer, and the latest one of another agent. */
  const answers = new Map<string, { latest: Answer; before?: Answer }>();

  return (agent) => {
    let failures: ConversationFailures | undefined;
    return {
      answered(provider) {
        failures = undefined;
        const known = answers.get(provider);
        const before = known?.latest.agent === agent ? known.before : known?.latest;
        answers.set(provider, { latest: { agent, atMs: clock.monotonicMs() }, ...(before && { before }) });
      },
      failed(provider) {
        const { latest, before } = answers.get(provider) ?? {};
        const others = latest?.agent === agent ? before : latest;
        failures = failedAgain(failures, { nowMs: clock.monotonicMs(), othersAnsweredMs: others?.atMs });
        if (!failsAlone(failures)) return undefined;
        const { sinceMs, lastMs } = failures;
        failures = undefined;
        return { lastedMs: lastMs - sinceMs };
      },
    };
  };
}
