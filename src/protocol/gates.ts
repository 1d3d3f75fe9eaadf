import { z } from "zod";
import { gateKinds, gateOutcomes } from "../core/room/event.js";
import { gateActions } from "../core/room/gate.js";
import { gateContentSchema, optionSchema } from "../core/room/gate-content.js";
import { unixMs, version } from "./fields.js";

const gateHash = z.string().regex(/^[0-9a-f]{64}$/, { error: "the hash of the gate as it was shown: 64 hex digits" });

/** `POST /api/rooms/:id/gates/:gateId/decision`. Which actions fit depends on the gate's kind. */
export const decisionBody = z.strictObject({
  action: z.enum(gateActions),
  hash: gateHash,
  body: z.string().optional(),
  answers: z.record(z.string().max(4_000), z.string()).optional(),
  /** Answers to the questions in the gate's content, by their ids: labels of the options that were chosen, and words of one's own. */
  choices: z
    .record(
      z.string().max(200),
      z.strictObject({ options: z.array(z.string().max(4_000)).max(100), text: z.string().optional() }),
    )
    .optional(),
  remember: z.literal("session").optional(),
  reason: z.string().max(2_000).optional(),
});
/** A decision on a gate as a client sends it. */
export type DecisionBody = z.input<typeof decisionBody>;

/** The longest time a decision may be announced before it is made, in ms. */
export const maxDecidingMs = 60_000;

/** `POST /api/rooms/:id/gates/:gateId/deciding`. Without `choice` the announced decision was taken back. */
export const decidingBody = z.strictObject({
  choice: z
    .strictObject({
      action: z.enum(gateActions),
      /** How long it can still be taken back, in ms. */
      forMs: z.number().int().min(1).max(maxDecidingMs),
    })
    .optional(),
});

/** Answer to a decision: how the gate ended and who decided. */
export const decisionAnswer = z.object({ outcome: z.enum(gateOutcomes), by: z.string(), version });

/** An open gate. Readers who may not see held text get it without `to`, `body`, `options`, `content`, `hash`, `hashVersion`, `why` and `tool`. */
export const gateViewSchema = z.object({
  gateId: z.string(),
  kind: z.enum(gateKinds),
  /** The agent that waits. */
  from: z.string(),
  to: z.union([z.literal("room"), z.array(z.string())]).exactOptional(),
  body: z.string().exactOptional(),
  options: z.array(optionSchema).exactOptional(),
  /** Questions, attachments and pushes that are shown beside the body. */
  content: gateContentSchema.exactOptional(),
  /** SHA-256 (hex) of the shown content; a decision repeats it. */
  hash: z.string().exactOptional(),
  /** Which of the two forms `hash` has. */
  hashVersion: z.literal([1, 2]).exactOptional(),
  /** Why it waits, for people. */
  why: z.string().exactOptional(),
  /** Tools: its name. */
  tool: z.string().exactOptional(),
  openedAt: unixMs,
  expiresAt: unixMs.exactOptional(),
});

/** Answer of `GET /api/rooms/:id/gates`. */
export const gateList = z.object({ gates: z.array(gateViewSchema) });

/** Answer of `GET /api/rooms/:id/gates/:gateId/diffs/:at`: what a push would change in one branch, as a unified diff without secrets. */
export const gateDiff = z.object({
  /** `refs/heads/…` */
  ref: z.string(),
  text: z.string(),
  /** SHA-256 (hex) of the text in UTF-8, as the gate's content names it. */
  sha256: z.string(),
  /** There is more than is kept. */
  isCut: z.boolean(),
});
/** One diff of a push as a client reads it. */
export type GateDiff = z.input<typeof gateDiff>;
