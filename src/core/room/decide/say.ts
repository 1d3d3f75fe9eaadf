import { type Resolution, type ResolvedDirective, resolveBlock } from "../../grammar/address.js";
import { type Directive, parseDirectives, utf8Bytes } from "../../grammar/directive.js";
import type { SayBlock } from "../command.js";
import type { Attachment, DeliveryClass, EventOf, GateContent, Recipients, RoomEvent } from "../event.js";
import { printOfMessage, printOfQuestion } from "../fingerprint.js";
import { holdReason } from "../gate.js";
import { LIMITS } from "../limits.js";
import type { LoopGuard, Room } from "../room.js";
import { attachedTo } from "./attached.js";
import { accept, type DecideContext, type Decision } from "./decision.js";
import { missedIn } from "./missed.js";
import { addressees, mailboxFull, namesOfRoom, postFromAgent } from "./post.js";
import { bounce, openedGate, type TurnSpeech } from "./speech.js";
import { openTurn, turnNotOpen } from "./turns.js";

/** One block of an agent's text: every directive in it becomes a message, a gate or a bounce; the rest is silent work. */
export function decideSay(room: Room, command: SayBlock, context: DecideContext): Decision {
  const open = openTurn(room, command.agent, command.turnId);
  if (!open) return turnNotOpen;
  if (!command.text.includes("@") || open.turn.halted) return accept();
  const block = `${command.outputId}.${command.index}`;
  const said = open.turn.posted.find(([id]) => id.startsWith(`${block}.`) || id.startsWith(`g-${block}.`));
  if (said) return { kind: "duplicate", version: said[1] };
  const known = namesOfRoom(room);
  const directives = parseDirectives(command.text, known);
  const repeats = command.repeatsUnderNewIds === true;
  const steps = command.steps === undefined ? {} : { steps: command.steps };
  const missed = missedIn(command, { known, turn: open.turn });
  const speech = { room, ...open, block, repeats, context, steps, files: command.files ?? [] };
  return accept(...speechEvents(speech, directives), ...missed);
}

/** The events of an agent's directives: messages, gates and bounces, and the gate of the loop guard where they trip it. */
export function speechEvents(speech: TurnSpeech, directives: readonly Directive[]): RoomEvent[] {
  const { room, agent } = speech;
  const addressed = directives.some(({ prefix }) => prefix !== "gate");
  return eventsOf(
    speech,
    resolveBlock({ directives, sender: agent.name, participants: addressed ? addressees(room) : [] }),
  );
}

function eventsOf(speech: TurnSpeech, resolved: readonly ResolvedDirective[]): RoomEvent[] {
  const events: RoomEvent[] = [];
  let { guard } = speech.room;
  for (const [n, { directive, resolution }] of resolved.entries()) {
    const messageId = `${speech.block}.${n}`;
    const posts = speech.turn.posted.length + n;
    const attached = attachedTo(directive, speech.files ?? []);
    const attachments = attached.kind === "ok" ? attached.attachments : [];
    if (saidBefore(speech, directive, { resolution, attachments })) continue;
    if (posts >= LIMITS.maxPostsPerTurn) return [...events, tooManyPosts(speech, messageId, events)];
    const isQuestion = directive.prefix === "gate" && !isTooMany(resolution);
    if (resolution.kind === "bounce" && !isQuestion)
      events.push(bounce(speech, { messageId, reason: resolution.reason, detail: resolution.detail, earlier: events }));
    else if (attached.kind === "bounce")
      events.push(bounce(speech, { messageId, reason: attached.reason, detail: attached.detail, earlier: events }));
    else if (isQuestion || resolution.kind === "bounce")
      events.push(question(speech, { messageId, body: directive.body, attachments, earlier: events }));
    else {
      const said = deliver(speech, {
        messageId,
        to: resolution.to,
        body: directive.body,
        attachments,
        class: classOf(directive),
        guard,
        earlier: events,
      });
      events.push(...said.events);
      guard = said.guard;
    }
  }
  return events;
}

/** An attempt that was lost said the same in the same words: it is there, and is not said again. */
function saidBefore(
  { turn, repeats }: TurnSpeech,
  { prefix, body }: Directive,
  { resolution, attachments }: { resolution: Resolution; attachments: readonly Attachment[] },
): boolean {
  if (!repeats || turn.postedBefore === 0 || (prefix !== "gate" && resolution.kind === "bounce")) return false;
  const isQuestion = prefix === "gate" || resolution.kind === "bounce";
  const print = isQuestion ? printOfQuestion(body) : printOfMessage(resolution.to, body, attachments);
  return turn.posted.slice(0, turn.postedBefore).some(([, , before]) => before === print);
}

/** A block of too many directives goes back whole, whatever its first one asks for. */
function isTooMany(resolution: Resolution): boolean {
  return resolution.kind === "bounce" && resolution.reason === "too-many-directives";
}

function classOf({ prefix }: Directive): DeliveryClass {
  return prefix === "notify" || prefix === "interrupt" ? prefix : "deliver";
}

interface Delivery {
  messageId: string;
  to: Recipients;
  body: string;
  attachments: Attachment[];
  class: DeliveryClass;
  guard: LoopGuard;
  earlier: readonly RoomEvent[];
}

/** Posted, held for a person, or bounced because it has no recipient. */
function deliver(speech: TurnSpeech, delivery: Delivery): { events: RoomEvent[]; guard: LoopGuard } {
  const { room, agent, turn, context } = speech;
  const { messageId, to, body, attachments, guard } = delivery;
  const hop = turn.hop + 1;
  const why = holdReason(agent, room, { to, body });
  if (why !== undefined) return { events: [heldMessage(speech, delivery, { why, hop })], guard };
  const full = mailboxFull(room, { from: agent.name, to, earlier: delivery.earlier });
  if (full !== undefined)
    return {
      events: [bounce(speech, { messageId, reason: "mailbox-full", detail: full, earlier: delivery.earlier })],
      guard,
    };
  const message: EventOf<"message.posted"> = {
    type: "message.posted",
    messageId,
    from: agent.name,
    to,
    body,
    class: delivery.class,
    hop,
    turnId: turn.turnId,
    ...(attachments.length > 0 && { attachments }),
    ...speech.steps,
    ...speech.ofMessage,
  };
  return postFromAgent(room, agent, { message, guard, context });
}

function heldMessage(speech: TurnSpeech, delivery: Delivery, { why, hop }: { why: string; hop: number }): RoomEvent {
  const { messageId, to, body, attachments } = delivery;
  const message = { messageId, class: delivery.class, hop, ...speech.steps };
  const draft = {
    gateId: `g-${messageId}`,
    kind: "message",
    to,
    body,
    why,
    message,
    ...contentOf(attachments),
  } as const;
  return openedGate(speech, draft, delivery.earlier);
}

/** Files are shown beside the text, and the gate's hash covers theirs: what is approved are these bytes. */
function contentOf(attachments: Attachment[]): { content?: GateContent } {
  return attachments.length === 0 ? {} : { content: { v: 2, attachments } };
}

interface Question {
  messageId: string;
  body: string;
  attachments: Attachment[];
  earlier: readonly RoomEvent[];
}

function question(speech: TurnSpeech, { messageId, body, attachments, earlier }: Question): RoomEvent {
  if (body.trim() === "") {
    const detail = "No question follows GATE:. Nobody was asked. Write the question behind it.";
    return bounce(speech, { messageId, reason: "empty-body", detail, earlier });
  }
  const bytes = utf8Bytes(body);
  if (bytes > LIMITS.maxBodyBytes) {
    const detail = `The question has ${bytes} bytes; ${LIMITS.maxBodyBytes} is the most. Nobody was asked. Put the long part in a file and say where it is.`;
    return bounce(speech, { messageId, reason: "body-too-long", detail, earlier });
  }
  const why = `${speech.agent.name} asks`;
  const added = { ...contentOf(attachments), ...speech.ofQuestion };
  const draft = { gateId: `g-${messageId}`, kind: "question" as const, body, why, ...added };
  return openedGate(speech, draft, earlier);
}

/** Announced once per turn; the agent's later messages and requests are not sent. */
function tooManyPosts(speech: TurnSpeech, messageId: string, earlier: readonly RoomEvent[]): RoomEvent {
  const detail = `This turn has sent ${LIMITS.maxPostsPerTurn} messages, which is the most. What follows was not sent; end the turn.`;
  return bounce(speech, { messageId, reason: "too-many-posts", detail, earlier });
}

/** Announced once per turn, as above; the message is not sent. */
export function sayRoomIsFull(room: Room, command: SayBlock): Decision {
  const open = openTurn(room, command.agent, command.turnId);
  if (!open) return turnNotOpen;
  const detail = `Too much is open in this room (${room.waiting.size} messages wait for agents, ${room.gates.size} gates for people). Nothing of this text was sent, and nothing that follows in this turn will be; end the turn and try again later.`;
  const messageId = `${command.outputId}.${command.index}.0`;
  return accept(bounce(open, { messageId, reason: "too-many-posts", detail, earlier: [] }));
}
