import type { Notice, NoticeOutcome, Notices } from "../../src/ports/notices.js";

/** Notices that arrive in memory. */
export interface MemoryNotices extends Notices {
  /** The notices that arrived, one entry per arrival, oldest first. */
  readonly arrived: readonly Notice[];
  /** The result of the next one instead of `sent`. `unknown`: it arrives all the same, and the answer is cut off. */
  planNext(outcome: NoticeOutcome): void;
  /** From now on this address takes nothing. */
  removeAddress(to: string): void;
}

export function createMemoryNotices(): MemoryNotices {
  const arrived: Notice[] = [];
  const planned: NoticeOutcome[] = [];
  const removed = new Set<string>();
  return {
    arrived,
    planNext: (outcome) => void planned.push(outcome),
    removeAddress: (to) => void removed.add(to),
    async send(notice) {
      if (removed.has(notice.to)) return { kind: "gone", why: `nobody takes notices at ${notice.to} any more` };
      const outcome = planned.shift() ?? { kind: "sent" };
      if (outcome.kind === "sent" || outcome.kind === "unknown") arrived.push({ ...notice });
      return outcome;
    },
  };
}
