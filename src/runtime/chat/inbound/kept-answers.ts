import type { Reply } from "../../../ports/chat-inbound.js";

/** Answers to commands that came from a history, by the command's id, oldest first: the live delivery may still ask for them. Pure. */
export type KeptAnswers = ReadonlyMap<string, Reply>;

const maxKept = 200;

/** No answers. */
export const noAnswers: KeptAnswers = new Map();

/** With one more answer; the oldest goes where there are too many. */
export function keepAnswer(kept: KeptAnswers, id: string, reply: Reply): KeptAnswers {
  if (reply.kind === "none") return kept;
  const next = new Map(kept).set(id, reply);
  const [oldest] = next.keys();
  if (next.size > maxKept && oldest !== undefined) next.delete(oldest);
  return next;
}

/** Without this answer: it is given once. */
export function withoutAnswer(kept: KeptAnswers, id: string): KeptAnswers {
  if (!kept.has(id)) return kept;
  const next = new Map(kept);
  next.delete(id);
  return next;
}
