import { frameAttempt, frameMessage, frameNotice, frameRetry } from "../../core/grammar/frame.js";
import type { WaitingMessage } from "../../core/room/delivery.js";
import type { Attachment, EventOf, RoomEvent } from "../../core/room/event.js";
import { presentAgent, type Room } from "../../core/room/room.js";
import type { PlaceFiles } from "../../ports/agent-files.js";
import type { AgentInput } from "../../ports/agents.js";
import type { RoomService } from "../rooms/service.js";
import type { BegunTools } from "./begun-tools.js";
import { saidBefore } from "./said-before.js";

/** The messages of a turn as log positions; the texts are read from the log. */
export interface TurnPlan {
  turnId: string;
  version: number;
  attempt: number;
  opening: boolean;
  /** Set if the agent has never finished a turn: messages before this version are unknown to it. */
  joinedVersion?: number;
  messages: WaitingMessage[];
  /** Log positions of messages posted by an earlier attempt. */
  posted: readonly (readonly [id: string, version: number, ...unknown[]])[];
  /** Ids of the lost attempts before it. */
  lostTurns: readonly string[];
  /** True if requests of an earlier attempt are still open or were answered since. */
  hasAsked: boolean;
}

/** The inputs of an agent’s open turn, from the room; undefined where it has none. */
export function turnPlan(room: Room, agentName: string): TurnPlan | undefined {
  const agent = room.participants.get(agentName);
  if (agent?.kind !== "agent" || !agent.turn) return undefined;
  const { turnId, version, attempt, opening, taken, posted, askedBefore, lostTurns = [] } = agent.turn;
  return {
    turnId,
    version,
    attempt,
    opening,
    ...(agent.turns <= attempt && { joinedVersion: agent.joinedVersion }),
    messages: taken.flatMap((seq) => room.waiting.get(seq) ?? []),
    posted: [...posted],
    lostTurns: [...lostTurns],
    hasAsked: askedBefore.length > 0,
  };
}

interface DeliveryContext {
  rooms: RoomService;
  roomId: string;
  agent: string;
  sha256: (text: string) => string;
  /** Copies files to where the agent can read them and returns the paths there. Absent: the agent cannot read files. */
  placeFiles?: PlaceFiles | undefined;
  begunTools: BegunTools;
}

/** The inputs of a turn in order, framed for the model. Redelivered messages keep their ids; the first states the attempt. */
export async function turnInputs(plan: TurnPlan, context: DeliveryContext): Promise<AgentInput[]> {
  const inputs: AgentInput[] = [];
  if (plan.opening) inputs.push(openingInput(plan, context));
  for (const message of plan.messages) {
    const input = await messageInput(message, context);
    if (input) inputs.push(input);
  }
  const [first] = inputs;
  if (!first) return inputs;
  const before = await beforeTurn(plan, context);
  const told = plan.attempt === 1 ? "" : `${await attemptText(plan, context)}\n`;
  if (before + told !== "") inputs[0] = { ...first, text: `${before}${told}${first.text}` };
  return inputs;
}

/** Messages from before this turn, for an agent that does not remember them. */
async function beforeTurn(plan: TurnPlan, context: DeliveryContext): Promise<string> {
  const { rooms, roomId, agent } = context;
  const folder = await rooms.peek(roomId, (room) => presentAgent(room, agent)?.hasNewFolder);
  return `${folder ? `${frameNotice(newFolderText)}\n` : ""}${await unknownTo(plan, context)}`;
}

const newFolderText =
  "your home and work folder are new and empty: the old ones were given up because nobody used this room for long; what was only there is gone";

async function unknownTo(plan: TurnPlan, context: DeliveryContext): Promise<string> {
  const { rooms, roomId, agent } = context;
  const isNewTo = await rooms.peek(roomId, (room) => presentAgent(room, agent)?.isNewTo);
  const except = plan.messages.map(({ messageId }) => messageId);
  if (isNewTo !== undefined) return saidBefore({ version: plan.version, why: isNewTo, except }, context);
  return plan.joinedVersion === undefined ? "" : saidBefore({ version: plan.joinedVersion, why: "joined" }, context);
}

async function attemptText(plan: TurnPlan, context: DeliveryContext): Promise<string> {
  const { roomId, agent: name } = context;
  const [alreadyPosted, begun] = await Promise.all([
    postedTexts(plan, context),
    context.begunTools({ roomId, name }, plan.lostTurns),
  ]);
  return frameAttempt({ attempt: plan.attempt, alreadyPosted, begun, hasAsked: plan.hasAsked });
}

function openingInput(plan: TurnPlan, { agent }: DeliveryContext): AgentInput {
  return {
    id: `start-${agent}-${plan.attempt}`,
    text: frameNotice("you have joined the room; nobody has written to you yet"),
    message: { kind: "start" },
    class: "deliver",
  };
}

/** One message as an input; undefined if its text cannot be read from the log. */
export async function messageInput(message: WaitingMessage, context: DeliveryContext): Promise<AgentInput | undefined> {
  const event = await storedMessage(message, context);
  if (event?.type === "message.bounced") {
    return {
      id: message.messageId,
      text: frameNotice(event.detail),
      message: { messageId: message.messageId, from: "parley", body: event.detail },
      class: message.class,
    };
  }
  return event?.type === "message.posted" ? await postedInput(message, event, context) : undefined;
}

/**
 * Reads the message from the log. If another writer won the race, the planned position is superseded: the message is stored further back
 * or not at all, and the room in memory knows its position.
 */
async function storedMessage(
  { messageId, version, index }: WaitingMessage,
  { rooms, roomId }: Pick<DeliveryContext, "rooms" | "roomId">,
): Promise<EventOf<"message.posted"> | EventOf<"message.bounced"> | undefined> {
  await rooms.durable(roomId, version);
  const event = (await rooms.eventsAt(roomId, version))[index];
  const isMessage = event?.type === "message.posted" || event?.type === "message.bounced";
  if (isMessage && event.messageId === messageId) return event;
  const now = await rooms.peek(roomId, (room) => [...room.waiting.values()].find((one) => one.messageId === messageId));
  if (!now || (now.version === version && now.index === index)) return undefined;
  return storedMessage(now, { rooms, roomId });
}

async function postedInput(
  message: WaitingMessage,
  event: Extract<RoomEvent, { type: "message.posted" }>,
  context: DeliveryContext,
): Promise<AgentInput> {
  const { rooms, roomId, agent: self, sha256 } = context;
  const { messageId, from, to, body, attachments } = event;
  const paths = (attachments && (await context.placeFiles?.({ roomId, name: self }, attachments))) ?? [];
  const notices = attachments?.length ? noticesOfFiles(attachments, paths) : [];
  const fromKind = await rooms.peek(roomId, (room) => room.participants.get(from)?.kind ?? "human");
  const { attempt } = message;
  return {
    // Under the id of the delivery that failed its runtime would take it for one it has answered.
    id: attempt === undefined ? messageId : `${messageId}-again-${attempt}`,
    // Framed lazily, because scripted agents never read the frame.
    get text() {
      const lead = attempt === undefined ? "" : `${frameRetry(attempt)}\n`;
      const framed = `${lead}${frameMessage({ from, fromKind, to, self, body, messageId, sha256 })}`;
      return [framed, ...notices].join("\n");
    },
    message: { messageId, from, body },
    class: message.class,
  };
}

/** A notice is cut at some length, so one tells of this many files at most. */
const maxFilesInNotice = 8;

/** Where the files of a message lie for the agent that gets it; without a place it is told of them all the same. */
function noticesOfFiles(attachments: readonly Attachment[], paths: readonly string[]): string[] {
  const names = attachments.map(({ name, bytes }) => `${name} (${bytes} bytes)`);
  if (paths.length === 0) return inNotices("attached, and you cannot read files here", names);
  const missing = attachments.length - paths.length;
  const gone = missing === 0 ? [] : [frameNotice(`${missing} of the attached files are not kept any more`)];
  return [...inNotices("attached, to be read at", paths), ...gone];
}

function inNotices(lead: string, items: readonly string[]): string[] {
  const [first, rest] = [items.slice(0, maxFilesInNotice), items.slice(maxFilesInNotice)];
  return first.length === 0 ? [] : [frameNotice(`${lead}: ${first.join(", ")}`), ...inNotices(lead, rest)];
}

async function postedTexts(plan: TurnPlan, { rooms, roomId }: DeliveryContext): Promise<string[]> {
  const texts: string[] = [];
  for (const [id, version] of plan.posted) {
    for (const event of await rooms.eventsAt(roomId, version)) {
      if (event?.type === "message.posted" && event.messageId === id) texts.push(event.body);
      if (event?.type === "gate.opened" && (event.message?.messageId === id || event.gateId === id))
        texts.push(event.body);
    }
  }
  return texts;
}
