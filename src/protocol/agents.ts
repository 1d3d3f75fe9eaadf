import { z } from "zod";
import { LIMITS } from "../core/room/limits.js";
import { budgetSchema, gatePolicySchema } from "../core/room/policy.js";
import { scriptSchema } from "../core/values/script.js";
import { displayName, oneLine, participantName, secondsPerDay, unixMs, version } from "./fields.js";

/** Words of the agent's runtime, such as `high` and `plan`. */
const runtimeWords = { effort: oneLine(40).optional(), mode: oneLine(40).optional() };

/** An agent, as `POST /api/rooms/:id/agents` and a new room take it. What is absent is taken from the role and the usable runtimes. */
export const agentBody = z.strictObject({
  name: participantName,
  displayName: displayName.optional(),
  role: z.string().min(1).max(40).optional(),
  runtime: z.string().min(1).max(40).optional(),
  script: scriptSchema.optional(),
  /** Standing instructions. */
  prompt: z.string().max(LIMITS.maxSpecBytes).optional(),
  /** Its first message, from the person who adds it; in a new room from the owner. */
  initialPrompt: z.string().min(1).max(LIMITS.maxBodyBytes).optional(),
  gate: gatePolicySchema.optional(),
  model: oneLine(200).optional(),
  ...runtimeWords,
  budget: budgetSchema.optional(),
});
/** An agent as a client describes it, before the role's defaults are filled in. */
export type AgentBody = z.input<typeof agentBody>;

/** `POST /api/rooms/:id/agents`. */
export const addAgentBody = agentBody.extend({
  /** Of the token of an agent with the runtime `external`. Default: 90 days. */
  tokenExpiresInSeconds: z
    .number()
    .int()
    .min(1)
    .max(366 * secondsPerDay)
    .optional(),
});

/** `PATCH /api/rooms/:id/agents/:name`: at least one member. */
export const configureAgentBody = z
  .strictObject({
    gate: gatePolicySchema.optional(),
    model: oneLine(200).optional(),
    ...runtimeWords,
    role: z.string().min(1).max(40).optional(),
    prompt: z.string().max(LIMITS.maxSpecBytes).optional(),
    budget: budgetSchema.optional(),
  })
  .refine((body) => Object.keys(body).length > 0, {
    error: "give a gate, a model, an effort, a mode, a role, a prompt or a budget",
  });

/** A change of an agent as a client sends it; absent members stay as they are. */
export type ConfigureAgentBody = z.input<typeof configureAgentBody>;

/**
 * Answer of `POST /api/rooms/:id/agents`: the agent's name as the room keeps it. `token`: of an agent with the runtime `external`, its own, shown
 * this once.
 */
export const addedAgent = z.object({
  name: z.string(),
  version,
  tokenId: z.string().exactOptional(),
  token: z.string().exactOptional(),
  /** Of the token. */
  expiresAt: unixMs.exactOptional(),
});

/**
 * Answer of `PATCH /api/rooms/:id/agents/:name`. `holds`: from when all that was changed holds. `now`; `next turn`: a turn under way ends as it
 * began; `after fresh`: only in a new conversation. `members`: the same for each member that was given. `nextTurn`; `restart`: from the next turn on, for which Parley starts
 * the agent's process again, and its conversation goes on.
 */
export const configuredAgent = z.object({
  version,
  holds: z.enum(["now", "next turn", "after fresh"]),
  members: z.record(z.string(), z.enum(["now", "nextTurn", "restart"])),
});
/** When each change of an agent takes effect, as a client reads it. */
export type ConfiguredAgent = z.input<typeof configuredAgent>;

/**
 * Answer of `GET /api/rooms/:id/agents/:name`: what an agent works by now. An absent member was never set: the role's or the runtime's own
 * holds, and for `gate` the room's.
 */
export const agentDetails = z.object({
  name: z.string(),
  displayName: z.string(),
  role: z.string(),
  runtime: z.string(),
  model: z.string().exactOptional(),
  effort: z.string().exactOptional(),
  mode: z.string().exactOptional(),
  gate: gatePolicySchema.exactOptional(),
  budget: budgetSchema.exactOptional(),
  prompt: z.string().exactOptional(),
});
/** What an agent works by, as a client reads it. */
export type AgentDetails = z.input<typeof agentDetails>;
