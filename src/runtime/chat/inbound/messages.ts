import { parseAddressed } from "../../../core/grammar/directive.js";
import type { Attachment } from "../../../core/room/event.js";
import type { Room } from "../../../core/room/room.js";
import type { Blobs } from "../../../ports/blobs.js";
import type { Chat } from "../../../ports/chat.js";
import type { Inbound, InboundAction, Reply } from "../../../ports/chat-inbound.js";
import type { RoomService } from "../../rooms/service.js";
import type { MirrorRegistry, RegisteredMirror } from "../outbound/registry.js";
import { takeFiles } from "./files.js";
import type { People } from "./people.js";

export interface Handled {
  reply: Reply;
  /** The message it became. */
  messageId?: string;
}

/** What was done by a command; `isDone`: it was done, and who can see the thread can see it. */
export type Commanded = Handled & { isDone?: boolean };

/** An edit counts for this long. */
const correctionMs = 60_000;

export const nothing: Handled = { reply: { kind: "none" } };

/** A private answer. */
export function say(text: string): Handled {
  return { reply: { kind: "text", text } };
}

export interface MessagesOptions {
  chats: ReadonlyMap<string, Chat>;
  rooms: RoomService;
  registry: MirrorRegistry;
  people: People;
  blobs: Blobs;
  sha256: (text: string) => string;
  wasPosted: (from: Inbound, id: string) => boolean;
}

/** What people write in threads, and rewrite. */
export interface Messages {
  posted(from: Inbound, action: Extract<InboundAction, { kind: "message" }>): Promise<Handled>;
  corrected(from: Inbound, action: Extract<InboundAction, { kind: "correction" }>): Promise<Handled>;
}

interface Post {
  mirror: RegisteredMirror;
  body: string;
  key: string;
  to?: string[];
  attachments?: readonly Attachment[];
}

export function createMessages(options: MessagesOptions): Messages {
  const { rooms, registry, people, chats, blobs, sha256 } = options;

  function mirrorOf({ platform, channel, thread }: Inbound): RegisteredMirror | undefined {
    return thread === undefined ? undefined : registry.inThread(platform, channel, thread);
  }

  async function posted(from: Inbound, action: Extract<InboundAction, { kind: "message" }>): Promise<Handled> {
    const mirror = mirrorOf(from);
    const chat = chats.get(from.platform);
    if (!mirror || !chat || action.startsWithUser) return nothing;
    const closed = await whyClosed(mirror);
    if (closed !== undefined) return say(closed);
    const { lines, attachments, refusals } = await takeFiles(action.files, { chat, blobs });
    const body = [action.text, ...lines].filter((line) => line.trim() !== "").join("\n");
    if (body === "") return refusals.length > 0 ? say(refusals.join("\n")) : nothing;
    const handled = await post(from, { mirror, body, key: from.id, attachments });
    return refusals.length > 0 && handled.reply.kind === "none" ? { ...handled, ...say(refusals.join("\n")) } : handled;
  }

  async function corrected(from: Inbound, action: Extract<InboundAction, { kind: "correction" }>): Promise<Handled> {
    const mirror = mirrorOf(from);
    const isLate = from.atMs - action.originalAtMs > correctionMs;
    if (!mirror || isLate || !options.wasPosted(from, action.of)) return nothing;
    if ((await whyClosed(mirror)) !== undefined) return nothing;
    const { names, body } = parseAddressed(action.text);
    if (body === "") return nothing;
    const to = names.length > 0 ? { to: names } : {};
    const handled = await post(from, { mirror, body: `corrected: ${body}`, key: `corrected/${action.of}`, ...to });
    // A second edit has the key of the first.
    return handled.messageId === undefined ? nothing : handled;
  }

  async function post(from: Inbound, { mirror, body, key, to, attachments }: Post): Promise<Handled> {
    const { roomId, mirrorId } = mirror;
    const entered = await people.enter(roomId, from);
    if (entered.kind === "out") return say(`Nothing was sent: ${entered.rejection.detail}.`);
    const messageId = `${from.platform}-${sha256(key).slice(0, 20)}`;
    const executed = await rooms.execute(roomId, {
      type: "message.post",
      by: { kind: "person", name: entered.name },
      messageId,
      body,
      ...(to && { to }),
      idempotencyKey: key,
      origin: mirrorId,
      ...(attachments && { attachments }),
    });
    return executed.kind === "rejected" ? say(sentence(executed.rejection.detail)) : { ...nothing, messageId };
  }

  /** Why nothing written in this thread arrives; undefined when it does. */
  async function whyClosed({ roomId, mirrorId }: RegisteredMirror): Promise<string | undefined> {
    const look = (room: Room) => {
      if (room.status === "closed") return `The room ${room.name} is closed; nothing was sent.`;
      if (room.mirrors.has(mirrorId)) return undefined;
      return `The room ${room.name} is not shown in this thread any more; nothing was sent.`;
    };
    // Another process may have opened this thread a moment ago: nothing is refused on an old look.
    return (await rooms.peek(roomId, look)) && rooms.peek(roomId, look, { fresh: true });
  }

  return { posted, corrected };
}

function sentence(detail: string): string {
  return detail.charAt(0).toUpperCase() + detail.slice(1);
}
