import { turnLine } from "../../../src/core/room/turn-line.js";
import type { TurnView } from "../../../src/protocol/turns.js";

/** `5 steps · 41 s · $0.02`. */
export function figuresOf({ steps, startedAt, endedAt, usage }: TurnView, nowMs: number): string {
  return turnLine({ steps, startedAtMs: startedAt, endedAtMs: endedAt, usd: usage.usd }, nowMs);
}
