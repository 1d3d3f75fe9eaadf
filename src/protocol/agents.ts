import { z } from "zod";
import { LIMITS } from "../core/room/limits.js";
import { budgetSchema, gatePolicySchema } from "../core/room/policy.js";
import { scriptSchema } from "../core/values/script.js";
import { displayName, oneLine, participantName, version } from "./fields.js";

/** `POST /api/rooms/:id/agents`, and each agent of a new room. What is absent is taken from the role and the usable runtimes. */
export const agentBody = z.strictObject({
  name: participantName,
  displayName: displayName.optional(),
  role: z.string().min(1).max(40).optional(),
  runtime: z.string().min(1).max(40).optional(),
  script: scriptSchema.optional(),
  prompt: z.string().max(LIMITS.maxSpecBytes).optional(),
  gate: gatePolicySchema.optional(),
  model: oneLine(200).optional(),
  budget: budgetSchema.optional(),
});
/** The type of `agentBody`. */
export type AgentBody = z.input<typeof agentBody>;

/** `PATCH /api/rooms/:id/agents/:name`: at least one member. */
export const configureAgentBody = z
  .strictObject({
    gate: gatePolicySchema.optional(),
    model: oneLine(200).optional(),
    budget: budgetSchema.optional(),
  })
  .refine((body) => Object.keys(body).length > 0, { error: "give a gate, a model or a budget" });

/** Answer of `POST /api/rooms/:id/agents`: the agent's name as the room keeps it. */
export const addedAgent = z.object({ name: z.string(), version });
