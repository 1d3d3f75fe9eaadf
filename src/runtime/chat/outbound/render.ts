import { faceOf, facePath } from "../../../core/face/face.js";
import type { EventOf, Recipients, RoomEvent } from "../../../core/room/event.js";
import type { Attachment } from "../../../core/room/gate-content.js";
import { reminderText } from "../../../core/room/gate-reminder.js";
import { roleMay } from "../../../core/room/rights.js";
import { type Person, presentParticipant, type Room } from "../../../core/room/room.js";
import { splitText } from "../../../core/text/split-text.js";
import { withScriptRemark } from "../../../core/values/script-remark.js";
import type { ChatSupports } from "../../../ports/chat.js";
import type { ChatIdentity, ChatPost, ChatRecipients } from "../../../ports/chat-post.js";
import { textOfFile } from "./carried-files.js";
import { gateCard } from "./gate-card.js";
import type { PostSlot } from "./outbound-state.js";

/** A post planned for one event of the room. */
export interface PlannedPost {
  /** `room/version/index/chunk`. */
  key: string;
  /** Target: the thread, or one person's private conversation. */
  to: "thread" | { userId: string };
  slot: PostSlot;
  post: ChatPost;
  /** A file of the room that comes with it. */
  attachment?: Attachment;
  /** Of a person's message, which may be taken back later. */
  messageId?: string;
  /** Posts that are changed before this one is made. */
  strikes?: StruckMessage;
}

/** A message that was taken back, and the post to show in its place. */
export interface StruckMessage {
  messageId: string;
  post: ChatPost;
}

/** An event with its place and the room as it is. */
export interface EventInRoom {
  version: number;
  index: number;
  /** Author of its commit. */
  by: string;
  event: RoomEvent;
}

/** The platform and the reader that posts are rendered for. */
export interface RenderFor {
  mirrorId: string;
  platform: string;
  supports: ChatSupports;
  /** Platform users who may decide in every room. */
  approvers: readonly string[];
  /** The room's page; undefined where no address was set. */
  url: string | undefined;
  /** Origin at which the platform can fetch pictures; undefined where it cannot. */
  picturesOrigin: string | undefined;
}

const maxLineChars = 600;

/** The posts of one event, in order. Deterministic for the same room; empty if the event is not shown here. */
export function postsOf(room: Room, at: EventInRoom, outbound: RenderFor): PlannedPost[] {
  const { event } = at;
  if (event.type === "message.posted")
    return event.origin === outbound.mirrorId ? [] : messagePosts(room, at, outbound);
  if (event.type === "gate.opened") return gatePosts(room, at, outbound);
  if (event.type === "gate.reminded") return [reminderPost(room, at, outbound)];
  const text = lineOf(room, at, outbound);
  if (text === undefined) return [];
  const line = linePost(room, at, text);
  return [event.type === "message.withdrawn" ? { ...line, strikes: struckMessage(room, event, outbound) } : line];
}

function keyOf({ roomId }: Room, { version, index }: EventInRoom, chunk: number | string): string {
  return `${roomId}/${version}/${index}/${chunk}`;
}

function linePost(room: Room, at: EventInRoom, text: string): PlannedPost {
  const shown = text.length > maxLineChars ? `${text.slice(0, maxLineChars - 1)}…` : text;
  return { key: keyOf(room, at, 0), to: "thread", slot: "plain", post: { kind: "line", text: shown } };
}

/** Names the sender and, in place of the text, what became of it: the text was never read. */
function struckMessage(room: Room, event: EventOf<"message.withdrawn">, outbound: RenderFor): StruckMessage {
  const { messageId, by, agents, replacedBy } = event;
  const text =
    replacedBy === undefined
      ? "_Taken back before it was read._"
      : "_Changed by its sender; the new text follows below._";
  const envelope = { from: identityOf(room, by, outbound), to: recipientsOn(room, agents, outbound.platform) };
  return { messageId, post: { kind: "message", message: { ...envelope, text, part: { number: 1, count: 1 } } } };
}

function messagePosts(room: Room, at: EventInRoom, outbound: RenderFor): PlannedPost[] {
  const { from, to, body, messageId } = at.event as EventOf<"message.posted">;
  const isAgents = room.participants.get(from)?.kind === "agent";
  const { platform, supports } = outbound;
  const envelope = { from: identityOf(room, from, outbound), to: recipientsOn(room, to, platform) };
  const parts = splitText(body, supports.maxPostChars);
  const plan = (chunk: number, post: ChatPost): PlannedPost => ({
    key: keyOf(room, at, chunk),
    to: "thread",
    slot: "plain",
    post,
    ...(!isAgents && { messageId }),
  });
  if (parts.length > supports.maxParts) {
    const file = { name: `${from}-${at.version}.md`, text: body };
    const message = { ...envelope, text: parts[0] ?? "", part: { number: 1, count: 1 }, file };
    return [plan(0, { kind: "message", message }), ...filePosts(room, at, outbound)];
  }
  const said = parts.map((text, chunk) =>
    plan(chunk, { kind: "message", message: { ...envelope, text, part: { number: chunk + 1, count: parts.length } } }),
  );
  return [...said, ...filePosts(room, at, outbound)];
}

/** A post for each file of a message, behind its text. */
function filePosts(room: Room, at: EventInRoom, outbound: RenderFor): PlannedPost[] {
  const { from, to, attachments = [] } = at.event as EventOf<"message.posted">;
  // The text before it has pinged them.
  const named = to === "room" ? to : to.map((name) => ({ name }));
  const { maxFileBytes } = outbound.supports;
  return attachments.map((attachment, index) => {
    const text = textOfFile(attachment, { maxFileBytes, where: outbound.url });
    const message = { from: identityOf(room, from, outbound), to: named, text, part: { number: 1, count: 1 } };
    const post: PlannedPost = {
      key: keyOf(room, at, `f${index}`),
      to: "thread",
      slot: "plain",
      post: { kind: "message", message },
    };
    return attachment.bytes <= maxFileBytes ? { ...post, attachment } : post;
  });
}

function gatePosts(room: Room, at: EventInRoom, outbound: RenderFor): PlannedPost[] {
  const opened = at.event as EventOf<"gate.opened">;
  const { version, index } = at;
  const card = gateCard({
    roomId: room.roomId,
    opened,
    version,
    index,
    supports: outbound.supports,
    url: outbound.url,
  });
  const slot = { gateId: opened.gateId, version, index };
  const post: ChatPost = { kind: "gate", gate: card };
  if (room.policy.askIn !== "approvers" || opened.kind === "continue")
    return [{ key: keyOf(room, at, 0), to: "thread", slot, post }];
  const deciders = decidersOn(room, outbound);
  const elsewhere =
    outbound.url === undefined ? "it can be decided on Parley's page" : `it can be decided at ${outbound.url}`;
  const asked = deciders.length > 0 ? "those who decide were asked in private" : elsewhere;
  const line = linePost(room, at, `Something of ${opened.from} waits for a decision; ${asked}.`);
  return [line, ...deciders.map((userId) => ({ key: keyOf(room, at, `u-${userId}`), to: { userId }, slot, post }))];
}

/** Names the deciders, so that the platform notifies them. */
function reminderPost(room: Room, at: EventInRoom, outbound: RenderFor): PlannedPost {
  const { from, kind, waitedMs } = at.event as EventOf<"gate.reminded">;
  const to = decidersOn(room, outbound).map((userId) => ({ name: userId, userId }));
  const text = `${reminderText({ from, kind, waitedMs })} It can be decided here${outbound.url === undefined ? "" : ` or at ${outbound.url}`}`;
  const { post, ...plan } = linePost(room, at, text);
  return { ...plan, post: to.length > 0 && post.kind === "line" ? { ...post, to } : post };
}

/** Platform users who may decide in this room. */
function decidersOn(room: Room, { platform, approvers }: RenderFor): string[] {
  const isHere = (participant: unknown): participant is Person => {
    const person = participant as Person;
    return person.kind === "human" && person.platform?.name === platform && person.leftVersion === undefined;
  };
  const inRoom = [...room.participants.values()]
    .filter(isHere)
    .filter(({ role }) => roleMay(role, "decide"))
    .flatMap(({ platform: on }) => on?.userId ?? []);
  return [...new Set([...approvers, ...inRoom])];
}

/** Name and picture that an agent posts under. */
function identityOf(room: Room, name: string, { picturesOrigin }: RenderFor): ChatIdentity {
  const known = room.participants.get(name);
  if (!known) return { name, displayName: name, role: "", kind: "human" };
  const { displayName, role, kind } = known;
  const face = picturesOrigin === undefined ? undefined : faceOf(room, name);
  return { name, displayName, role, kind, ...(face && { pictureUrl: `${picturesOrigin}${facePath(face)}` }) };
}

function recipientsOn(room: Room, to: Recipients, platform: string): ChatRecipients {
  if (to === "room") return "room";
  return to.map((name) => {
    const person = presentParticipant(room, name);
    const userId = person?.kind === "human" && person.platform?.name === platform ? person.platform.userId : undefined;
    return userId === undefined ? { name } : { name, userId };
  });
}

function shownName({ name, displayName }: { name: string; displayName: string }): string {
  return displayName === name ? name : `${displayName} (@${name})`;
}

/** One line about an event other than a message; undefined if it is not shown. */
function lineOf(room: Room, { event, by }: EventInRoom, outbound: RenderFor): string | undefined {
  switch (event.type) {
    case "participant.joined":
      return withScriptRemark(`${shownName(event)} ${event.returns ? "is back" : "joined"} as ${event.role}`, event);
    case "participant.left":
      return `${event.name} left${event.reason ? `: ${event.reason}` : ""}`;
    case "room.paused":
      return `Paused by ${by}. Messages wait; no agent starts anything new.`;
    case "room.resumed":
      return `${by} resumed the room.`;
    case "room.closed":
      return `${by} closed the room. It can still be read.`;
    case "message.withdrawn":
      return `${event.by} took a message back before ${event.agents.join(", ")} read it.${event.replacedBy === undefined ? "" : " Another one is in its place."}`;
    case "message.bounced":
      return `A message of ${event.to} was not sent${room.policy.askIn === "approvers" ? "" : `: ${event.detail}`}`;
    case "turn.ended":
      return endOfTurn(event);
    case "notice.posted":
      return event.about === noticeAbout(outbound.mirrorId) ? undefined : event.text;
    case "budget.exceeded":
      return `The budget is used up: ${event.limit}`;
    default:
      return undefined;
  }
}

/** Subject of notices about a thread's own trouble, which are not shown in that thread. */
export function noticeAbout(mirrorId: string): string {
  return `mirror/${mirrorId}`;
}

function endOfTurn({ agent, outcome, error, by }: EventOf<"turn.ended">): string | undefined {
  if (outcome === "lost" && error) return `${agent} was cut off and is given its messages again: ${error}`;
  if (outcome === "failed") return `${agent} failed${error ? `: ${error}` : ""}`;
  if (outcome === "timed-out") return `${agent} timed out${error ? `: ${error}` : ""}`;
  return outcome === "cancelled" && by !== undefined ? `${agent} was stopped by ${by}` : undefined;
}
