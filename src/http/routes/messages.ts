import type { Hono } from "hono";
import type { PostMessage, RetryMessage, WithdrawMessage } from "../../core/room/command.js";
import type { Attachment } from "../../core/room/gate-content.js";
import type { Actor } from "../../core/room/rights.js";
import { audienceOf } from "../../core/room/view.js";
import { noBody } from "../../protocol/fields.js";
import {
  messageBody,
  messagePage,
  messagesQuery,
  postedMessage,
  replaceBody,
  retriedMessages,
  retryBody,
  withdrawnMessage,
} from "../../protocol/messages.js";
import { parsePosition } from "../../runtime/rooms/log-position.js";
import { readMessagePage } from "../../runtime/rooms/page.js";
import { attachmentsOfWaiting } from "../../runtime/rooms/waiting-message.js";
import { answer } from "../answer.js";
import type { AppContext, AppDeps, AppEnv } from "../deps.js";
import { enter, enterWith } from "../entrance.js";
import { readBody, readIdempotencyKey } from "../input.js";
import { carryOut } from "../outcome.js";
import { HttpProblemError, invalidRequest, roomNotFound } from "../problem.js";

const defaultLimit = 50;

export function messageRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.post("/api/rooms/:id/messages", async (c) => {
    const { roomId, actor } = await enter(c, deps);
    const key = readIdempotencyKey(c);
    const { body, to, class: deliveryClass, ttlSeconds, attachments: uploads } = await readBody(c, messageBody);
    const attachments = uploads && (await uploadedFiles(deps, uploads, { roomId, actor }));
    const command: PostMessage = {
      type: "message.post",
      by: actor,
      messageId: deps.ids.next(),
      body,
      ...(to && { to }),
      ...(deliveryClass && { class: deliveryClass }),
      ...(ttlSeconds !== undefined && { ttlSeconds }),
      ...(key !== undefined && { idempotencyKey: key }),
      ...(attachments && { attachments }),
    };
    const { version, messageId } = await carryOut(c, deps, { roomId, command });
    return answer(c, postedMessage, { messageId: messageId ?? command.messageId, version }, 201);
  });

  app.post("/api/rooms/:id/messages/:messageId/retry", async (c) => retry(c, deps, c.req.param("messageId")));
  app.post("/api/rooms/:id/retry", async (c) => retry(c, deps, undefined));

  app.delete("/api/rooms/:id/messages/:messageId", async (c) => withdraw(c, deps, noBody));
  app.patch("/api/rooms/:id/messages/:messageId", async (c) => withdraw(c, deps, replaceBody));

  app.get("/api/rooms/:id/messages", async (c) => {
    const { entrance, query } = await enterWith(c, deps, { query: messagesQuery, right: "read" });
    const before = query.before === undefined ? undefined : parsePosition(query.before);
    const limit = query.limit ?? defaultLimit;
    const { roomId, role } = entrance;
    const mayRead = await deps.rooms.read(roomId, (room) => audienceOf(room, role) === "all");
    const questions = query.with === "questions" && mayRead === true;
    const request = { roomId, before, limit, questions, ...(query.q !== undefined && { containing: query.q }) };
    const page = await readMessagePage(request, deps);
    if (!page) throw new HttpProblemError(roomNotFound);
    return answer(c, messagePage, page);
  });
}

async function uploadedFiles(
  { uploads }: AppDeps,
  ids: readonly string[],
  sender: { roomId: string; actor: Actor },
): Promise<Attachment[]> {
  const found = await uploads.attachmentsOf(ids, sender);
  if (typeof found !== "number") return found;
  const message = "no upload of yours in this room has this id, or it is older than 12 hours; send the file again";
  throw invalidRequest([{ path: ["attachments", found], message }]);
}

/** One message, or all that the turn had taken that failed last. */
async function retry(c: AppContext, deps: AppDeps, messageId: string | undefined): Promise<Response> {
  const { roomId, actor } = await enter(c, deps);
  const { agent } = await readBody(c, retryBody);
  const command: RetryMessage = {
    type: "message.retry",
    by: actor,
    ...(messageId !== undefined && { messageId }),
    ...(agent !== undefined && { agent }),
  };
  const { version, events } = await carryOut(c, deps, { roomId, command });
  const messages = events.flatMap((event) =>
    event.type === "message.retried"
      ? [{ messageId: event.messageId, agents: event.agents, attempt: event.attempt }]
      : [],
  );
  return answer(c, retriedMessages, { version, messages });
}

/** Takes a message back; with a body that has a text, another is posted in its place. */
async function withdraw(c: AppContext, deps: AppDeps, schema: typeof noBody | typeof replaceBody): Promise<Response> {
  const { roomId, actor } = await enter(c, deps);
  const given = await readBody<{ body?: string }>(c, schema);
  const messageId = c.req.param("messageId") ?? "";
  const replacement = given.body === undefined ? undefined : { messageId: deps.ids.next(), body: given.body };
  const attachments = replacement && (await attachmentsOfWaiting({ roomId, messageId }, deps));
  const command: WithdrawMessage = {
    type: "message.withdraw",
    by: actor,
    messageId,
    ...(replacement && { replacement: { ...replacement, ...(attachments?.length && { attachments }) } }),
  };
  const { version } = await carryOut(c, deps, { roomId, command });
  return answer(c, withdrawnMessage, { version, ...(replacement && { replacedBy: replacement.messageId }) });
}
