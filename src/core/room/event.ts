import { z } from "zod";
import { scriptSchema } from "../values/script.js";
import { bounceReasons } from "./bounce-reason.js";
import { deliveryEventSchemas } from "./delivery-events.js";
import { attachmentSchema, choiceSchema, gateContentSchema, optionSchema } from "./gate-content.js";
import { outageFields } from "./open-outage.js";
import { budgetSchema, gatePolicySchema, policySchema } from "./policy.js";
import { setupEventSchemas } from "./setup.js";

/**
 * Everything that can happen in a room. `type` is dotted and past tense. What is written here is what lies in the log for ever:
 * fields may be added (optional), never renamed or given another meaning.
 */

/** Delivery classes, softest first. */
export const deliveryClasses = ["notify", "deliver", "interrupt", "preempt", "shutdown"] as const;
/** How hard a message knocks, from soft to hard. `deliver` is the default. */
export type DeliveryClass = (typeof deliveryClasses)[number];

/** Roles of people, most rights first. */
export const personRoles = ["owner", "approver", "member", "viewer"] as const;
export type PersonRole = (typeof personRoles)[number];

const recipients = z.union([z.literal("room"), z.array(z.string())]);
/** `room` is everybody but the sender. */
export type Recipients = z.infer<typeof recipients>;

export type { Attachment, Choices, GateContent, GateOption, GateQuestion } from "./gate-content.js";

/** Subjects of a gate. */
export const gateKinds = ["message", "question", "tool", "continue"] as const;
export type GateKind = (typeof gateKinds)[number];

/** How a gate can end. */
export const gateOutcomes = [
  "approved",
  "edited",
  "dropped",
  "answered",
  "allowed",
  "denied",
  "continued",
  "stopped",
  "expired",
  "withdrawn",
] as const;
export type GateOutcome = (typeof gateOutcomes)[number];

/** How a turn can end. */
export const turnOutcomes = ["done", "failed", "cancelled", "timed-out", "lost"] as const;
export type TurnOutcome = (typeof turnOutcomes)[number];

const usageFields = {
  inputTokens: z.number(),
  outputTokens: z.number(),
  cacheReadTokens: z.number(),
  cacheWriteTokens: z.number(),
  usd: z.number(),
};
export const usageSchema = z.object(usageFields);
/** Tokens are counted as the model's provider counts them; `usd` by the price table in force. */
export type Usage = z.infer<typeof usageSchema>;

/** Agents: words of its runtime, such as `high` and `plan`; absent: the runtime's own. */
const runtimeWords = { effort: z.string().optional(), mode: z.string().optional() };

export type { BounceReason } from "./bounce-reason.js";

/** The fields of each event, by its type. What an older version wrote must stay readable: fields are only added, and are optional. */
export const eventSchemas = {
  "room.created": z.object({
    name: z.string(),
    policy: policySchema,
    repo: z.string().optional(),
    branch: z.string().optional(),
    branchesByRoom: z.literal(true).optional(), // `parley/<room id>/<agent>/…`; absent, in older rooms: `parley/<agent>/…`
    fingerprint: z.string().optional(),
  }),
  "room.configured": z.object({ name: z.string().optional(), policy: policySchema.optional() }),
  "room.paused": z.object({ reason: z.string().optional() }),
  "room.resumed": z.object({ reason: z.string().optional() }),
  "room.closed": z.object({ reason: z.string().optional() }),
  /** Of a closed room: the homes and work folders of its agents are given up. */
  "room.purged": z.object({ reason: z.string().optional() }),
  "participant.joined": z.object({
    name: z.string(),
    displayName: z.string(),
    kind: z.enum(["agent", "human"]),
    /** A person's role, or the role (skill) of an agent. */
    role: z.string(),
    /** Agents: which adapter runs it. */
    runtime: z.string().optional(),
    script: scriptSchema.optional(),
    /** Agents: standing instructions besides the role's. */
    prompt: z.string().optional(),
    gate: gatePolicySchema.optional(),
    model: z.string().optional(),
    ...runtimeWords,
    budget: budgetSchema.optional(),
    /** Agents: it has something to do before anybody speaks to it (a `start` rule). */
    opening: z.boolean().optional(),
    /** People: they were here before under this name. */
    returns: z.literal(true).optional(),
    inviteId: z.string().optional(), // People: the invite they joined with; `platform`: their identity on a chat platform.
    platform: z.object({ name: z.string(), userId: z.string() }).optional(),
  }),
  "participant.left": z.object({ name: z.string(), reason: z.string().optional() }),
  "participant.configured": z.object({
    name: z.string(),
    displayName: z.string().optional(),
    gate: gatePolicySchema.optional(),
    model: z.string().optional(),
    ...runtimeWords,
    prompt: z.string().optional(),
    /** Agents: the rules of a new role's demo, in place of the old ones. */
    script: scriptSchema.optional(),
    budget: budgetSchema.optional(),
    role: z.string().optional(),
    /** Agents: it leaves its home, the node of this name, with its memory; the node that starts its next turn is its new home. */
    leavesHome: z.string().optional(),
  }),
  "message.posted": z.object({
    messageId: z.string(),
    from: z.string(),
    to: recipients,
    body: z.string(),
    class: z.enum(deliveryClasses),
    /** 1 + the highest hop its turn took; a person's message is 0. */
    hop: z.number(),
    expiresAtMs: z.number().optional(),
    turnId: z.string().optional(),
    /** The gate that released it. */
    gateId: z.string().optional(),
    /** Hash of the sender's idempotency key, and of the request under it. */
    key: z.object({ hash: z.string(), fingerprint: z.string() }).optional(),
    /** Mirror or page it was written on; it is not shown there a second time. */
    origin: z.string().optional(),
    writtenAtMs: z.number().optional(), // When it was written there, by that platform's clock.
    /** Files attached to it, stored outside the log. The body names them too. */
    attachments: z.array(attachmentSchema).optional(),
    /** Agents: tools its turn had used when it said this; absent where the log is older than this. */
    steps: z.number().optional(),
  }),
  "message.bounced": z.object({
    messageId: z.string(),
    /** The sender it went back to. */
    to: z.string(),
    reason: z.enum(bounceReasons),
    /** The problem and a working alternative, for the sender. */
    detail: z.string(),
    /** Whether it wakes its sender: not twice in a row. */
    wakes: z.boolean(),
    turnId: z.string().optional(),
    /** The turn named them where a name sends nothing, and sent them nothing; not twice in a row. */
    missed: z.array(z.string()).optional(),
  }),
  /** An agent named a participant in a place where a name sends nothing. If its turn sends them nothing, the agent is told at the turn's end. */
  "message.missed": z.object({ agent: z.string(), turnId: z.string(), name: z.string(), line: z.string() }),
  "message.expired": z.object({
    messageId: z.string(),
    recipients: z.array(z.string()),
    reason: z.enum(["ttl", "left", "stopped", "closed"]),
  }),
  ...deliveryEventSchemas,
  "gate.opened": z.object({
    gateId: z.string(),
    kind: z.enum(gateKinds),
    from: z.string(),
    to: recipients.optional(),
    body: z.string(),
    options: z.array(optionSchema).optional(),
    /** Content shown beside the body; from format 2 of the log on. */
    content: gateContentSchema.optional(),
    /** SHA-256 hex of `JSON.stringify([gateId, kind, from, to, body, options])`; with `content` that of version 2, see `gateHash`. */
    hash: z.string(),
    /** Why it waits, for people. */
    why: z.string(),
    turnId: z.string().optional(),
    /** The agent's own id for the question it waits on; absent when the turn does not wait. */
    requestId: z.string().optional(),
    /** Tools: its name. */
    tool: z.string().optional(),
    expiresAtMs: z.number().optional(),
    /** When who decides is reminded of it first; then again after as long, `timesLeft` in all. */
    reminder: z.object({ atMs: z.number(), everyMs: z.number(), timesLeft: z.number() }).optional(),
    /** Held messages: the text to post. */
    message: z
      .object({ messageId: z.string(), class: z.enum(deliveryClasses), hop: z.number(), steps: z.number().optional() })
      .optional(),
    /** Fingerprint of the question without asker and time; it recognises the same question asked again. */
    fingerprint: z.string().optional(),
  }),
  /** An agent that was cut off while it waited for this asks the same again: the gate is its new turn's. */
  "gate.reasked": z.object({ gateId: z.string(), agent: z.string(), turnId: z.string(), requestId: z.string() }),
  /** It has not been decided yet. */
  "gate.reminded": z.object({ gateId: z.string(), kind: z.enum(gateKinds), from: z.string(), waitedMs: z.number() }),
  /** One of several approvals a gate needs; `gate.resolved` still resolves it. `hash`: of the content the voter saw. */
  "gate.voted": z.object({
    gateId: z.string(),
    by: z.string(),
    /** One of `gateActions`. */
    action: z.string(),
    hash: z.string(),
    reason: z.string().optional(),
  }),
  "gate.resolved": z.object({
    gateId: z.string(),
    kind: z.enum(gateKinds),
    outcome: z.enum(gateOutcomes),
    by: z.string(),
    /** Edited text or edited tool input. */
    body: z.string().optional(),
    answers: z.record(z.string(), z.string()).optional(),
    /** Answers to the questions in the gate's content. */
    choices: z.record(z.string(), choiceSchema).optional(),
    remember: z.literal("session").optional(),
    reason: z.string().optional(),
  }),
  "turn.started": z.object({
    turnId: z.string(),
    agent: z.string(),
    messages: z.array(z.string()),
    node: z.string(),
    boot: z.string(),
    /** 1 on first delivery. */
    attempt: z.number(),
    /** It is the agent's first turn, before anybody spoke to it. */
    opening: z.boolean().optional(),
  }),
  "turn.steered": z.object({ turnId: z.string(), agent: z.string(), messages: z.array(z.string()) }),
  "turn.ended": z.object({
    turnId: z.string(),
    agent: z.string(),
    outcome: z.enum(turnOutcomes),
    /** For people: the error. */
    error: z.string().optional(),
    /** Lost turns: the part that died. */
    lostBy: z.enum(["sandbox", "router"]).optional(),
    /** Lost turns: something outside the agent and the router failed. `lostBy` is absent then, and the loss counts towards no limit. */
    outage: z.boolean().optional(),
    /** Failed turns: why the model's provider refuses the conversation as it is, in one line. */
    refused: z.string().optional(),
    /** Cancelled turns: the person who asked. */
    by: z.string().optional(),
    usage: usageSchema.optional(),
    steps: z.number().optional(), // Tools it had used; absent where they were not counted to the end, and in older logs.
  }),
  /** An agent has a new conversation on the same work folder. `asked`: by a person; `lost`: the one before is not there any more. */
  "conversation.begun": z.object({ agent: z.string(), why: z.enum(["asked", "lost"]), by: z.string().optional() }),
  "notice.posted": z.object({
    text: z.string(),
    about: z.string().optional(),
    severity: z.enum(["info", "warning"]),
    spendingHold: z.string().optional(), // Id of what keeps agents from calling the model from here on; empty: nothing does any more.
    spendingWarning: z.string().optional(), // Id of a limit beyond the room's own of which little is left.
    ...outageFields,
    homes: z.object({ removeAtMs: z.number().optional(), removedOf: z.array(z.string()).optional() }).optional(), // Unused ones: when they are given up; whose were.
  }),
  "usage.recorded": z.object({
    agent: z.string(),
    turnId: z.string().optional(),
    model: z.string().optional(),
    ...usageFields,
  }),
  "budget.exceeded": z.object({ agent: z.string().optional(), limit: z.string() }),
  "invite.created": z.object({
    inviteId: z.string(),
    /** SHA-256 hex of the code; the code itself is stored nowhere. */
    hash: z.string(),
    role: z.enum(personRoles),
    expiresAtMs: z.number(),
    maxUses: z.number(),
    /** A re-entry code: only for this person, who returns under the same name. */
    forName: z.string().optional(),
    by: z.string().optional(), // Its maker's name, or `admin`; it ends with their stay. Absent in older logs.
  }),
  "invite.used": z.object({ inviteId: z.string(), name: z.string() }),
  "invite.revoked": z.object({ inviteId: z.string() }),
  "mirror.bound": z.object({
    mirrorId: z.string(),
    platform: z.string(),
    channel: z.string(),
    thread: z.string().optional(),
  }),
  "mirror.unbound": z.object({ mirrorId: z.string(), reason: z.string().optional() }),
  ...setupEventSchemas,
} as const;

export type EventType = keyof typeof eventSchemas;
/** One event by its type. */
export type EventOf<T extends EventType> = { type: T } & z.infer<(typeof eventSchemas)[T]>;
/** Any event this version knows. */
export type RoomEvent = { [T in EventType]: EventOf<T> }[EventType];

/** Types of all events this version knows. */
export const eventTypes = Object.keys(eventSchemas) as EventType[];
