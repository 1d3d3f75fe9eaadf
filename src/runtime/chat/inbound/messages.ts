import { parseAddressed } from "../../../core/grammar/directive.js";
import { GROUP_ROOM, type RoomNames } from "../../../core/grammar/known.js";
import type { Command, PostMessage } from "../../../core/room/command.js";
import { hasNewer, namesOfRoom } from "../../../core/room/decide/post.js";
import type { Attachment } from "../../../core/room/event.js";
import type { Room } from "../../../core/room/room.js";
import { isStop } from "../../../core/values/as-typed.js";
import type { Blobs } from "../../../ports/blobs.js";
import type { Chat } from "../../../ports/chat.js";
import type { Inbound, InboundAction, Reply } from "../../../ports/chat-inbound.js";
import type { RoomService } from "../../rooms/service.js";
import type { OutboundRegistry, RegisteredOutbound } from "../outbound/registry.js";
import { takeFiles } from "./files.js";
import type { People } from "./people.js";

export interface Handled {
  reply: Reply;
  /** Id of the message that was posted. */
  messageId?: string;
}

/** A reply. `isDone`: the effect is already visible in the thread. */
export type Commanded = Handled & { isDone?: boolean };

/** Period during which an edit is taken as a correction. */
const correctionMs = 60_000;

export const nothing: Handled = { reply: { kind: "none" } };

/** A private reply. */
export function say(text: string): Handled {
  return { reply: { kind: "text", text } };
}

export interface MessagesOptions {
  chats: ReadonlyMap<string, Chat>;
  rooms: RoomService;
  registry: OutboundRegistry;
  people: People;
  blobs: Blobs;
  sha256: (text: string) => string;
  wasPosted: (from: Inbound, id: string) => boolean;
}

/** Handles messages in threads and their edits. */
export interface Messages {
  posted(from: Inbound, action: Extract<InboundAction, { kind: "message" }>): Promise<Handled>;
  corrected(from: Inbound, action: Extract<InboundAction, { kind: "correction" }>): Promise<Handled>;
}

interface Post {
  outbound: RegisteredOutbound;
  body: string;
  key: string;
  to?: string[];
  attachments?: readonly Attachment[];
  written?: Written;
}

type Written = NonNullable<PostMessage["written"]>;

export function createMessages(options: MessagesOptions): Messages {
  const { rooms, registry, people, chats, blobs, sha256 } = options;

  async function outboundOf({ platform, channel, thread }: Inbound): Promise<RegisteredOutbound | undefined> {
    return thread === undefined ? undefined : registry.inThread(platform, channel, thread);
  }

  async function posted(from: Inbound, action: Extract<InboundAction, { kind: "message" }>): Promise<Handled> {
    const outbound = await outboundOf(from);
    const chat = chats.get(from.platform);
    if (!outbound || !chat || action.startsWithUser) return nothing;
    const closed = await whyClosed(outbound);
    if (closed !== undefined) return say(closed);
    const written = { atMs: from.atMs, lateNote: lateNote(from.atMs) };
    const [known, isLate] = await rooms.peek(outbound.roomId, (room) => [
      namesOfRoom(room),
      hasNewer(room, { origin: outbound.mirrorId, written }),
    ]);
    // A late stop was not meant for what newer messages asked for.
    const stop = isLate ? undefined : stopIn(action, known);
    if (stop) return stopAgents(from, outbound.roomId, stop.names);
    const { lines, attachments, refusals } = await takeFiles(action.files, { chat, blobs });
    const problems = [...refusals, ...unreadableOf(action)];
    const { to, words } = ownWords(action, known);
    const body = [...words, ...(action.parts ?? []), ...lines].filter((line) => line.trim() !== "").join("\n");
    if (body === "") return say(problems.length > 0 ? problems.join("\n") : unreadable("this message"));
    const handled = await post(from, { outbound, body, key: from.id, attachments, written, ...(to && { to }) });
    return problems.length > 0 && handled.reply.kind === "none" ? { ...handled, ...say(problems.join("\n")) } : handled;
  }

  /** The named agents, or the whole room. The message itself is not posted: it would start them again. */
  async function stopAgents(from: Inbound, roomId: string, names: readonly string[]): Promise<Handled> {
    const entered = await people.enter(roomId, from);
    if (entered.kind === "out") return say(`Nothing was stopped: ${entered.rejection.detail}.`);
    const by = { kind: "person", name: entered.name } as const;
    const isRoom = names.length === 0 || names.some((name) => GROUP_ROOM.has(name));
    const commands: Command[] = isRoom
      ? [{ type: "room.stop", by }]
      : names.map((name) => ({ type: "agent.interrupt", by, name }));
    const refusals: string[] = [];
    for (const command of commands) {
      const executed = await rooms.execute(roomId, command);
      if (executed.kind === "rejected") refusals.push(sentence(executed.rejection.detail));
    }
    if (refusals.length > 0) return say(refusals.join("\n"));
    return say(
      isRoom ? "Stopped: no agent works; the next message starts them again." : `Stopped: ${names.join(", ")}.`,
    );
  }

  async function corrected(from: Inbound, action: Extract<InboundAction, { kind: "correction" }>): Promise<Handled> {
    const outbound = await outboundOf(from);
    const isLate = from.atMs - action.originalAtMs > correctionMs;
    if (!outbound || isLate || !options.wasPosted(from, action.of)) return nothing;
    if ((await whyClosed(outbound)) !== undefined) return nothing;
    const known = await rooms.peek(outbound.roomId, namesOfRoom);
    const { names, body } = parseAddressed(action.text, known);
    if (body === "") return nothing;
    const to = names.length > 0 ? { to: names } : {};
    const handled = await post(from, { outbound, body: `corrected: ${body}`, key: `corrected/${action.of}`, ...to });
    // A second edit reuses the key of the first.
    return handled.messageId === undefined ? nothing : handled;
  }

  async function post(from: Inbound, { outbound, body, key, to, attachments, written }: Post): Promise<Handled> {
    const { roomId, mirrorId } = outbound;
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
      ...(written && { written }),
      ...(attachments && { attachments }),
    });
    return executed.kind === "rejected" ? say(sentence(executed.rejection.detail)) : { ...nothing, messageId };
  }

  /** Reason why messages in this thread are not accepted; undefined if they are. */
  async function whyClosed({ roomId, mirrorId }: RegisteredOutbound): Promise<string | undefined> {
    const look = (room: Room) => {
      if (room.status === "closed") return `The room ${room.name} is closed; nothing was sent.`;
      if (room.mirrors.has(mirrorId)) return undefined;
      return `The room ${room.name} is not shown in this thread any more; nothing was sent.`;
    };
    // Another process may just have opened this thread: re-read before refusing.
    return (await rooms.peek(roomId, look)) && rooms.peek(roomId, look, { fresh: true });
  }

  return { posted, corrected };
}

type Spoken = Extract<InboundAction, { kind: "message" }>;

/** Whom a message stops, if that is all it says; no names: the whole room. */
function stopIn({ text, files, parts = [] }: Spoken, known: RoomNames): { names: string[] } | undefined {
  const { names, body } = parseAddressed(text, known);
  return files.length === 0 && parts.length === 0 && isStop(body) ? { names } : undefined;
}

/** The quoted line stands above the person's words, which then no longer begin with the names they address. */
function ownWords({ text, replyTo }: Spoken, known: RoomNames): { words: string[]; to?: string[] } {
  if (replyTo === undefined) return { words: [text] };
  const { names, body } = parseAddressed(text, known);
  return { words: [replyTo, body], ...(names.length > 0 && { to: names }) };
}

/** Tells a message that comes after newer ones of its thread from those in order. It follows the text, whose first words address it. */
function lateNote(atMs: number): string {
  const at = new Date(atMs).toISOString().slice(0, 19).replace("T", " ");
  return `\n[written at ${at} UTC; it arrived late, after newer messages of its thread]`;
}

function unreadableOf({ unreadable: parts = [] }: Spoken): string[] {
  return parts.map(unreadable);
}

const unreadable = (what: string): string => `Parley cannot read ${what}; write it as text.`;

function sentence(detail: string): string {
  return detail.charAt(0).toUpperCase() + detail.slice(1);
}
