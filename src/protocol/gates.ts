import { z } from "zod";
import { gateKinds, gateOutcomes } from "../core/room/event.js";
import { gateActions } from "../core/room/gate.js";
import { unixMs, version } from "./fields.js";

const gateHash = z.string().regex(/^[0-9a-f]{64}$/, { error: "the hash of the gate as it was shown: 64 hex digits" });

/** `POST /api/rooms/:id/gates/:gateId/decision`. Which actions fit depends on the gate's kind. */
export const decisionBody = z.strictObject({
  action: z.enum(gateActions),
  hash: gateHash,
  body: z.string().optional(),
  answers: z.record(z.string().max(4_000), z.string()).optional(),
  remember: z.literal("session").optional(),
  reason: z.string().max(2_000).optional(),
});
/** The type of `decisionBody`. */
export type DecisionBody = z.input<typeof decisionBody>;

/** Answer to a decision: how the gate ended and who decided. */
export const decisionAnswer = z.object({ outcome: z.enum(gateOutcomes), by: z.string(), version });

/** An open gate. Readers who may not see held text get it without `to`, `body`, `options`, `hash`, `why` and `tool`. */
export const gateView = z.object({
  gateId: z.string(),
  kind: z.enum(gateKinds),
  /** The agent that waits. */
  from: z.string(),
  to: z.union([z.literal("room"), z.array(z.string())]).exactOptional(),
  body: z.string().exactOptional(),
  options: z.array(z.object({ label: z.string(), description: z.string().optional() })).exactOptional(),
  /** SHA-256 (hex) of what is shown; a decision repeats it. */
  hash: z.string().exactOptional(),
  /** Why it waits, for people. */
  why: z.string().exactOptional(),
  /** Tools: its name. */
  tool: z.string().exactOptional(),
  openedAt: unixMs,
  expiresAt: unixMs.exactOptional(),
});
/** The type of `gateView`. */
export type GateView = z.input<typeof gateView>;

/** Answer of `GET /api/rooms/:id/gates`. */
export const gateList = z.object({ gates: z.array(gateView) });
