import { z } from "zod";
import { LIMITS } from "../core/room/limits.js";
import {
  atLeast,
  oneLine,
  participantName,
  position,
  secondsPerDay,
  unixMs,
  version,
  wholeNumberText,
} from "./fields.js";
import { deliveryState } from "./messages.js";

/** Longest wait of one take, seconds: below the time after which proxies give a silent request up. */
export const maxTakeSeconds = 50;

const seconds = (max: number) => z.number().int().min(1).max(max);
const turnId = z.string().min(1).max(80);

/** `POST /api/rooms/:id/agents/:name/token`. Default: 90 days. */
export const agentTokenBody = z.strictObject({ expiresInSeconds: seconds(366 * secondsPerDay).optional() });

/** The token of an external agent, shown this once. */
export const agentToken = z.object({ name: z.string(), tokenId: z.string(), token: z.string(), expiresAt: unixMs });
/** The token of an external agent as its maker reads it. It holds a secret, shown this once. */
export type AgentToken = z.input<typeof agentToken>;

/** `POST /api/rooms/:id/agent/take`. Default: it does not wait. */
export const takeBody = z.strictObject({ waitSeconds: z.number().min(0).max(maxTakeSeconds).optional() });

const takenMessage = z.object({
  id: z.string(),
  messageId: z.string(),
  from: z.string(),
  body: z.string(),
  class: z.enum(["notify", "deliver", "interrupt", "preempt", "shutdown"]),
  text: z.string(),
});

/** A turn of an external agent, and a frame of its stream of turns. */
export const takenTurn = z.object({ turnId: z.string(), attempt: z.number().int(), messages: z.array(takenMessage) });

/** Answer of a take. Without `turn`: nothing came in time. */
export const takeAnswer = z.object({ turn: takenTurn.exactOptional() });

/** `POST /api/rooms/:id/agent/acknowledge`: the turn of this id ends. `error`: why it failed, for people. */
export const acknowledgeBody = z.strictObject({
  turnId,
  outcome: z.enum(["done", "failed"]).optional(),
  error: oneLine(500).optional(),
});

const options = z
  .array(z.strictObject({ label: oneLine(200), description: oneLine(500).optional() }))
  .min(1)
  .max(10);

/**
 * `POST /api/rooms/:id/agent/messages`: `text` with lines such as `@coder …`, or `body` with its recipients (none: the room). `turnId`: only while
 * this turn is open.
 */
export const agentMessageBody = z
  .strictObject({
    text: z
      .string()
      .min(1)
      .max(256 * 1_024)
      .optional(),
    body: z.string().min(1).optional(),
    to: z.array(participantName).max(LIMITS.maxParticipants).optional(),
    class: z.enum(["notify", "deliver", "interrupt"]).optional(),
    ttlSeconds: seconds(30 * secondsPerDay).optional(),
    turnId: turnId.optional(),
  })
  .refine(({ text, body }) => (text === undefined) !== (body === undefined), { error: "give a text or a body" })
  .refine((given) => given.text === undefined || (!given.to && !given.class && given.ttlSeconds === undefined), {
    error: "a text names its recipients itself; to, class and ttlSeconds go with a body",
  });

const recipients = z.union([z.literal("room"), z.array(z.string())]);

/** What became of each message. */
export const saidAnswer = z.object({
  version,
  isRepeat: z.boolean(),
  isHalted: z.boolean(),
  messages: z.array(
    z.discriminatedUnion("became", [
      z.object({
        became: z.literal("sent"),
        messageId: z.string(),
        to: recipients,
        delivery: z.record(z.string(), deliveryState),
      }),
      z.object({ became: z.literal("held"), gateId: z.string(), to: recipients }),
      z.object({ became: z.literal("bounced"), messageId: z.string(), detail: z.string() }),
    ]),
  ),
});

/** `POST /api/rooms/:id/agent/questions`. The answer comes as a message. */
export const questionBody = z.strictObject({
  body: z.string().min(1),
  options: options.optional(),
  isUrgent: z.boolean().optional(),
  expiresInSeconds: seconds(30 * secondsPerDay).optional(),
  turnId: turnId.optional(),
});

/** A question that waits. `isAnybodyThere`: a person who may answer has the room open. */
export const askedAnswer = z.object({
  version,
  gateId: z.string(),
  isAnybodyThere: z.boolean(),
  isRepeat: z.boolean(),
});

/** Query of `GET /api/rooms/:id/agent/messages`. `own=1`: only the agent's own, with their receipts. */
export const agentMessagesQuery = z.strictObject({
  atLeast,
  before: position.optional(),
  limit: wholeNumberText(1, 200).optional(),
  q: z.string().trim().min(1).max(200).optional(),
  own: z.literal("1").optional(),
});

/** A page of messages, oldest first. */
export const agentMessagePage = z.object({
  messages: z.array(
    z.object({
      messageId: z.string(),
      from: z.string(),
      to: recipients,
      body: z.string(),
      at: unixMs,
      delivery: z.record(z.string(), deliveryState),
    }),
  ),
  next: z.string().exactOptional(),
});

/** `POST /api/rooms/:id/agent/entries`: any JSON, for the agent's own record. */
export const entryBody = z.strictObject({
  entry: z.unknown().refine((entry) => entry !== undefined, { error: "give an entry" }),
});

/** The room as an external agent sees it. */
export const agentLook = z.object({
  roomId: z.string(),
  room: z.string(),
  state: z.string(),
  version,
  you: z.object({
    name: z.string(),
    role: z.string(),
    waiting: z.number().int(),
    turnId: z.string().exactOptional(),
  }),
  participants: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(["agent", "human"]),
      role: z.string(),
      status: z.enum(["idle", "working", "waiting", "offline"]),
      note: z.string().exactOptional(),
    }),
  ),
  open: z.array(z.object({ gateId: z.string(), kind: z.enum(["message", "question"]), openedAt: unixMs })),
});
