import { z } from "zod";
import { deliveryClasses } from "../core/room/event.js";
import { attachmentSchema } from "../core/room/gate-content.js";
import { LIMITS } from "../core/room/limits.js";
import { atLeast, participantName, position, secondsPerDay, unixMs, version, wholeNumberText } from "./fields.js";
import { uploadIdList } from "./files.js";

/** `POST /api/rooms/:id/messages`. Without `to` it goes to the room. */
export const messageBody = z.strictObject({
  /** Empty only beside files. */
  body: z.string(),
  to: z.array(participantName).min(1).max(LIMITS.maxParticipants).optional(),
  class: z.enum(deliveryClasses).optional(),
  ttlSeconds: z
    .number()
    .int()
    .min(1)
    .max(30 * secondsPerDay)
    .optional(),
  /** Ids of uploads of the sender's own in this room. */
  attachments: uploadIdList.optional(),
});
/** A message as a client sends it; the directives in its text are not read yet. */
export type MessageBody = z.input<typeof messageBody>;

/** Query of `GET /api/rooms/:id/messages`. */
export const messagesQuery = z.strictObject({
  atLeast,
  before: position.optional(),
  limit: wholeNumberText(1, 200).optional(),
  /** Only messages that hold this text or come from a sender of this name. */
  q: z.string().trim().min(1).max(200).optional(),
  /** Also the questions agents put to people and their answers, for readers who may see held text. */
  with: z.literal("questions").optional(),
});

/** Answer to a posted message. */
export const postedMessage = z.object({ messageId: z.string(), version });
/** Receipt of a posted message, as a client reads it. */
export type PostedMessage = z.input<typeof postedMessage>;

/** `POST /api/rooms/:id/messages/:messageId/retry` and `POST /api/rooms/:id/retry`. Without an agent: every one it failed with. */
export const retryBody = z.strictObject({ agent: participantName.optional() });

/** Answer: what is delivered again, and which delivery of it that is, counted from 1. */
export const retriedMessages = z.object({
  version,
  messages: z.array(z.object({ messageId: z.string(), agents: z.array(z.string()), attempt: z.number().int() })),
});
/** Messages that are delivered again, as a client reads them. */
export type RetriedMessages = z.input<typeof retriedMessages>;

/** `PATCH /api/rooms/:id/messages/:messageId`: the text in its place, with its recipients as when a message is posted without `to`. */
export const replaceBody = z.strictObject({ body: z.string().min(1) });

/** Answer: the message that was posted in its place. */
export const withdrawnMessage = z.object({ version, replacedBy: z.string().exactOptional() });

/** How far a message has come with one agent. */
export const deliveryState = z.enum(["queued", "delivered", "acknowledged", "expired", "failed", "withdrawn"]);

/** A message of the room. */
export const messageView = z.object({
  messageId: z.string(),
  from: z.string(),
  to: z.union([z.literal("room"), z.array(z.string())]),
  body: z.string(),
  class: z.enum(deliveryClasses),
  at: unixMs,
  version,
  /** Per agent that was there when it was posted. */
  delivery: z.record(z.string(), deliveryState),
  /** Files it carries. */
  attachments: z.array(attachmentSchema).exactOptional(),
  /** Set on a question to people and on its answer, which are not messages. Its `messageId` is its place in the log, `to` is empty. */
  kind: z.enum(["question", "answer"]).exactOptional(),
});
/** One stored message as a client reads it. */
export type MessageView = z.input<typeof messageView>;

/** Answer of `GET /api/rooms/:id/messages`: the newest page first, ascending inside. */
export const messagePage = z.object({
  /** The room was at least at this version. */
  version,
  messages: z.array(messageView),
  /** The `before` of the page before this one, as long as there may be one. */
  next: z.string().exactOptional(),
});
/** A page of messages as a client reads it. */
export type MessagePage = z.input<typeof messagePage>;
