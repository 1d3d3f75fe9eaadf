import { z } from "zod";
import { gateKinds, gateOutcomes, turnOutcomes, usageSchema } from "../core/room/event.js";
import { stepSchema } from "../core/room/step.js";
import { atLeast, position, unixMs, wholeNumberText } from "./fields.js";

/** Query of `GET /api/rooms/:id/agents/:name/turns`. `before`: the `next` of the page before. */
export const turnsQuery = z.strictObject({
  atLeast,
  before: z.string().min(1).max(64).optional(),
  limit: wholeNumberText(1, 100).optional(),
});

/** Query of `GET /api/rooms/:id/turns/:turnId/steps`. `bytes`: of the steps in an answer, about; default 262,144. */
export const stepsQuery = z.strictObject({
  atLeast,
  after: position.optional(),
  bytes: wholeNumberText(4_096, 1_048_576).optional(),
});

/** A gate that a turn opened; without `outcome` it is open. */
const turnGate = z.object({
  gateId: z.string(),
  kind: z.enum(gateKinds),
  tool: z.string().exactOptional(),
  outcome: z.enum(gateOutcomes).exactOptional(),
  by: z.string().exactOptional(),
});

/** A turn of an agent. Without `endedAt` it runs. `steps`: tools it used; while it runs, those before it last said something. `isReadable`: the reader may read its steps. */
export const turnView = z.object({
  turnId: z.string(),
  agent: z.string(),
  startedAt: unixMs,
  endedAt: unixMs.exactOptional(),
  outcome: z.enum(turnOutcomes).exactOptional(),
  error: z.string().exactOptional(),
  steps: z.number().int(),
  usage: usageSchema,
  models: z.array(z.string()),
  gates: z.array(turnGate),
  messages: z.array(z.string()),
  isReadable: z.boolean(),
});
/** A turn as a client reads it. */
export type TurnView = z.input<typeof turnView>;

/** Answer: turns of an agent, newest first. `next`: the `before` of the next page. */
export const turnPage = z.object({ turns: z.array(turnView), next: z.string().exactOptional() });
/** A page of turns as a client reads it. */
export type TurnsAnswer = z.input<typeof turnPage>;

/** A step with its place in the agent's journal and its time. */
const placed = z.object({ place: z.string(), at: unixMs });

/**
 * Answer: steps of a turn in their order. `next`: the `after` of the next page, also while the turn runs and more may come; absent: the turn is over, and this is
 * its end.
 */
export const stepPage = z.object({
  turn: turnView,
  steps: z.array(stepSchema.and(placed)),
  next: z.string().exactOptional(),
});
/** A page of steps as a client reads it. */
export type StepsAnswer = z.input<typeof stepPage>;
