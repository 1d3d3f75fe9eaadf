import { z } from "zod";
import { deliveryClasses, personRoles } from "../core/room/event.js";
import { gateActions } from "../core/room/gate.js";
import { LIMITS } from "../core/room/limits.js";
import { budgetSchema, gatePolicySchema, policySchema } from "../core/room/policy.js";
import { isBranchName, parseRepository, repositoryUrl } from "../core/values/repository.js";
import { scriptSchema } from "../core/values/script.js";

/** What the API takes. Unknown fields are refused everywhere. */

const secondsPerDay = 24 * 3_600;
const oneLine = (maxChars: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxChars)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, { error: "one line without control characters" });
const name = z.string().min(1).max(40);
const displayName = oneLine(LIMITS.maxDisplayNameChars);

/** As it is kept: the https address without `.git`. What cannot be read may hold a password and is not repeated. */
const repository = oneLine(300).transform((text, context) => {
  const parsed = parseRepository(text);
  if (parsed.kind === "ok") return repositoryUrl(parsed.repository);
  context.addIssue({ code: "custom", message: parsed.detail });
  return z.NEVER;
});
const branch = oneLine(200).refine(isBranchName, { error: "must be the name of a branch, as Git takes it" });

export const agentBody = z.strictObject({
  name,
  displayName: displayName.optional(),
  role: z.string().min(1).max(40).optional(),
  runtime: z.string().min(1).max(40).optional(),
  script: scriptSchema.optional(),
  prompt: z.string().max(LIMITS.maxSpecBytes).optional(),
  gate: gatePolicySchema.optional(),
  model: oneLine(200).optional(),
  budget: budgetSchema.optional(),
});

export const createRoomBody = z.strictObject({
  name: oneLine(80),
  owner: name.optional(),
  agents: z.array(agentBody).max(100).optional(),
  policy: policySchema.optional(),
  repo: repository.optional(),
  branch: branch.optional(),
});

export const configureRoomBody = z
  .strictObject({ name: oneLine(80).optional(), policy: policySchema.optional() })
  .refine((body) => body.name !== undefined || body.policy !== undefined, { error: "give a name or a policy" });

export const configureAgentBody = z
  .strictObject({
    gate: gatePolicySchema.optional(),
    model: oneLine(200).optional(),
    budget: budgetSchema.optional(),
  })
  .refine((body) => Object.keys(body).length > 0, { error: "give a gate, a model or a budget" });

/** `name` may be left out with a code that belongs to somebody already, and with a `displayName`, from which it is derived. */
export const joinBody = z.strictObject({
  code: z.string().min(1).max(200),
  name: name.optional(),
  displayName: displayName.optional(),
});

export const messageBody = z.strictObject({
  body: z.string().min(1),
  to: z.array(name).min(1).max(LIMITS.maxParticipants).optional(),
  class: z.enum(deliveryClasses).optional(),
  ttlSeconds: z
    .number()
    .int()
    .min(1)
    .max(30 * secondsPerDay)
    .optional(),
});

export const decisionBody = z.strictObject({
  action: z.enum(gateActions),
  hash: z.string().regex(/^[0-9a-f]{64}$/, { error: "the hash of the gate as it was shown: 64 hex digits" }),
  body: z.string().optional(),
  answers: z.record(z.string().max(4_000), z.string()).optional(),
  remember: z.literal("session").optional(),
  reason: z.string().max(2_000).optional(),
});

export const inviteBody = z.strictObject({
  role: z.enum(personRoles),
  expiresInSeconds: z
    .number()
    .int()
    .min(1)
    .max(90 * secondsPerDay)
    .optional(),
  maxUses: z.number().int().min(1).max(1_000).optional(),
  /** A re-entry code: lets this person back in under their name. */
  forName: name.optional(),
});

export const noBody = z.strictObject({});

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, { error: "a whole number" })
    .transform(Number)
    .pipe(z.number().min(min).max(max));

const atLeast = wholeNumber(0, Number.MAX_SAFE_INTEGER).optional();
const position = z.string().regex(/^\d{1,15}(\.\d{1,6})?$/, { error: "a position: version or version.index" });

export const plainQuery = z.strictObject({ atLeast });
export const messagesQuery = z.strictObject({
  atLeast,
  before: position.optional(),
  limit: wholeNumber(1, 200).optional(),
  /** Only messages that hold this text or come from a sender of this name. */
  q: z.string().trim().min(1).max(200).optional(),
});
export const eventsQuery = z.strictObject({
  atLeast,
  after: position.optional(),
  activity: z.enum(["0", "1"]).optional(),
});
export const exportQuery = z.strictObject({ atLeast, format: z.enum(["jsonl", "md"]).optional() });

export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, { error: "1 to 200 printable characters without spaces" })
  .optional();
