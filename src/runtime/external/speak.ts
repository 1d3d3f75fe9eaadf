import { isOfOutput } from "../../core/room/decide/external.js";
import type { EventOf, RoomEvent } from "../../core/room/event.js";
import type { ExternalAsk, ExternalMessage, ExternalSay } from "../../core/room/external-command.js";
import { roleMay } from "../../core/room/rights.js";
import { deliveryOf } from "../../core/room/view.js";
import type { Asked, DoorQuestion, Said, SaidMessage, SpeechOptions } from "../../ports/agent-speech.js";
import type { Ids } from "../../ports/ids.js";
import type { Refusable } from "../../ports/refusable.js";
import type { RoomService } from "../rooms/service.js";
import type { ExternalStay } from "./stay.js";

/** Parts that speaking needs. `rooms`: with what may be asked of them bounded. */
export interface SpeakParts {
  rooms: RoomService;
  ids: Ids;
  sha256: (text: string) => string;
  isPersonOnline: (roomId: string, name: string) => boolean;
}

/** Says something for the agent and tells what became of it. */
export async function sayAs(
  stay: ExternalStay,
  { said, how }: { said: { text: string } | ExternalMessage; how: SpeechOptions },
  parts: SpeakParts,
): Promise<Refusable<Said>> {
  const command: ExternalSay = { type: "agent.say", ...speechOf(stay, { how, content: ["say", said] }, parts), said };
  const stored = await store(stay, { command, cause: how.cause }, parts);
  if (stored.kind === "refused") return stored;
  const { version, isRepeat, all } = stored;
  const messages = await Promise.all(stored.own.map((one) => becameOf(one, { stay, version }, parts)));
  const isHalted = all.some((event) => event?.type === "gate.opened" && event.kind === "continue");
  return { kind: "done", version, isRepeat, isHalted, messages: messages.filter((one) => one !== undefined) };
}

/** Asks people for the agent. */
export async function askAs(
  stay: ExternalStay,
  { question, how }: { question: DoorQuestion; how: SpeechOptions },
  parts: SpeakParts,
): Promise<Refusable<Asked>> {
  const { body, options, isUrgent, expiresInSeconds } = question;
  const command: ExternalAsk = {
    type: "agent.ask",
    ...speechOf(stay, { how, content: ["ask", question] }, parts),
    body,
    ...(options && options.length > 0 && { options }),
    ...(isUrgent && { isUrgent }),
    ...(expiresInSeconds !== undefined && { expiresInSeconds }),
  };
  const stored = await store(stay, { command, cause: how.cause }, parts);
  if (stored.kind === "refused") return stored;
  const { version, isRepeat } = stored;
  for (const { event } of stored.own) {
    if (event.type === "message.bounced")
      return { kind: "refused", rejection: { code: "limit_reached", detail: event.detail } };
  }
  const gateId = `g-${command.outputId}.0.0`;
  return { kind: "done", version, gateId, isRepeat, isAnybodyThere: await isDeciderThere(stay, parts) };
}

/** Whether a person who may decide has the room open. */
async function isDeciderThere({ roomId }: ExternalStay, { rooms, isPersonOnline }: SpeakParts): Promise<boolean> {
  const deciders = await rooms.peek(roomId, (room) =>
    [...room.participants.values()].flatMap((one) =>
      one.kind === "human" && one.leftVersion === undefined && roleMay(one.role, "decide") ? [one.name] : [],
    ),
  );
  return deciders.some((name) => isPersonOnline(roomId, name));
}

/** A key makes the id of the output, so that the same call made again is recognised wherever it arrives. */
function speechOf(
  { roomId, name, joinedVersion }: ExternalStay,
  { how: { key, within }, content }: { how: SpeechOptions; content: unknown },
  { ids, sha256 }: SpeakParts,
) {
  const hashOf = (value: unknown) => sha256(JSON.stringify(value));
  const ofKey =
    key === undefined
      ? undefined
      : `${hashOf([roomId, name, joinedVersion, key]).slice(0, 20)}-${hashOf(content).slice(0, 8)}`;
  return {
    agent: name,
    turnId: ids.next(),
    outputId: `x${ofKey ?? ids.next()}`,
    ...(key !== undefined && { idempotencyKey: `${joinedVersion}/${key}` }),
    ...(within !== undefined && { within }),
  };
}

interface Own {
  event: EventOf<"message.posted"> | EventOf<"message.bounced"> | EventOf<"gate.opened">;
  index: number;
}

interface Stored {
  kind: "stored";
  version: number;
  isRepeat: boolean;
  all: readonly (RoomEvent | undefined)[];
  own: Own[];
}

/** The commit as the log has it, whether this call wrote it or one before. */
async function store(
  { roomId }: ExternalStay,
  { command, cause }: { command: ExternalSay | ExternalAsk; cause: string | undefined },
  { rooms }: SpeakParts,
): Promise<Stored | Extract<Refusable<object>, { kind: "refused" }>> {
  const executed = await rooms.execute(roomId, command, cause === undefined ? {} : { cause });
  if (executed.kind === "rejected") return { kind: "refused", rejection: executed.rejection };
  const { version } = executed;
  const all = await rooms.eventsAt(roomId, version);
  const own = all.flatMap((event, index): Own[] => (event && isOwn(event, command.outputId) ? [{ event, index }] : []));
  return { kind: "stored", version, isRepeat: executed.kind === "duplicate", all, own };
}

function isOwn(event: RoomEvent, outputId: string): event is Own["event"] {
  return isOfOutput(event, outputId);
}

async function becameOf(
  { event, index }: Own,
  { stay, version }: { stay: ExternalStay; version: number },
  { rooms }: SpeakParts,
): Promise<SaidMessage | undefined> {
  if (event.type === "message.bounced") return { became: "bounced", messageId: event.messageId, detail: event.detail };
  if (event.type === "gate.opened") return { became: "held", gateId: event.gateId, to: event.to ?? [] };
  const { messageId, from, to } = event;
  const delivery = await rooms.peek(stay.roomId, (room) => deliveryOf(room, { from, to, version, index }));
  return { became: "sent", messageId, to, delivery };
}
