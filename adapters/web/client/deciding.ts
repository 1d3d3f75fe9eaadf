import type { ActivityFrame } from "../../../src/protocol/events.js";

type DecidingFrame = Extract<ActivityFrame, { type: "activity.deciding" }>;

/** A person's decision that can still be taken back, as their page announced it. */
export interface AnnouncedDecision {
  by: string;
  action: NonNullable<DecidingFrame["choice"]>["action"];
  /** When it is sent, in Unix ms of this browser's clock. */
  sentAtMs: number;
}

/** Announced decisions by gate; of several people about one gate the last that was announced. */
export type Deciding = ReadonlyMap<string, AnnouncedDecision>;

/** After one more announcement: a decision that waits, or one that was taken back by the person who announced it. */
export function decidingAfter(deciding: Deciding, { gateId, by, choice }: DecidingFrame, nowMs = Date.now()): Deciding {
  if (choice) return new Map(deciding).set(gateId, { by, action: choice.action, sentAtMs: nowMs + choice.forMs });
  return deciding.get(gateId)?.by === by ? withoutDeciding(deciding, gateId) : deciding;
}

/** After the gate was decided. */
export function withoutDeciding(deciding: Deciding, gateId: string): Deciding {
  if (!deciding.has(gateId)) return deciding;
  const left = new Map(deciding);
  left.delete(gateId);
  return left;
}

/** A decision that was announced and never came, because its page lost its connection, is shown this much longer. */
const graceMs = 3_000;

/** What another person is about to decide on this gate; undefined: nothing, or it should have come by now. */
export function decidingOn(
  deciding: Deciding,
  { gateId, me, nowMs }: { gateId: string; me: string; nowMs: number },
): AnnouncedDecision | undefined {
  const announced = deciding.get(gateId);
  return announced && announced.by !== me && nowMs < announced.sentAtMs + graceMs ? announced : undefined;
}
