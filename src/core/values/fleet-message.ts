import { z } from "zod";
import type { Activity } from "../room/activity.js";

/** What processes of a fleet send each other through a carrier that anybody with its key can write to. Members nobody knows are dropped. Pure. */

const peopleMessage = z.object({ from: z.string(), rooms: z.record(z.string(), z.array(z.string())) });

/** All people who watch at the process `from`, by room id. */
export type PeopleMessage = z.infer<typeof peopleMessage>;

/** Undefined: not such a message. */
export function parsePeopleMessage(value: unknown): PeopleMessage | undefined {
  return peopleMessage.safeParse(value).data;
}

const agentTurn = { agent: z.string(), turnId: z.string() };
const heldSummary = { summary: z.string(), held: z.literal(true).exactOptional() };

const activity: z.ZodType<Activity> = z.discriminatedUnion("type", [
  z.object({ type: z.literal("activity.text"), ...agentTurn, text: z.string(), openText: z.string().exactOptional() }),
  z.object({
    type: z.literal("activity.tool"),
    ...agentTurn,
    id: z.string(),
    name: z.string(),
    phase: z.enum(["started", "ended", "failed"]),
    ...heldSummary,
  }),
  z.object({
    type: z.literal("activity.snapshot"),
    ...agentTurn,
    text: z.string(),
    openText: z.string().exactOptional(),
    tool: z.object({ name: z.string(), ...heldSummary }).exactOptional(),
  }),
  z.object({ type: z.literal("activity.ended"), ...agentTurn }),
  z.object({
    type: z.literal("activity.deciding"),
    agent: z.string(),
    gateId: z.string(),
    by: z.string(),
    choice: z.object({ action: z.string(), forMs: z.number() }).exactOptional(),
  }),
]);

const shownActivity = z.object({ activity, gated: z.boolean() });

/** Something an agent does; `gated`: only for those who decide. */
export type ShownActivity = z.infer<typeof shownActivity>;

const activityMessage = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("asks"), from: z.string() }),
  z.object({ kind: z.literal("does"), from: z.string(), version: z.number(), done: z.array(shownActivity) }),
]);

/**
 * About one room. `asks`: somebody began to watch at `from` and wants everything so far. `does`: what agents do there; `version` is the
 * room's when it was sent, for a process with an older one may not know that the agent is gated.
 */
export type ActivityMessage = z.infer<typeof activityMessage>;

/** Undefined: not such a message, or with an activity this version does not know. */
export function parseActivityMessage(value: unknown): ActivityMessage | undefined {
  return activityMessage.safeParse(value).data;
}

/** Whether the `count`th of its kind is logged: the 1st, 2nd, 4th, 8th and so on, so that a flood fills no log. */
export function isCountLogged(count: number): boolean {
  return count > 0 && Number.isInteger(Math.log2(count));
}
