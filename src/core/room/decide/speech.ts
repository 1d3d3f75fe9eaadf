import type { EventOf, RoomEvent } from "../event.js";
import { gateHash } from "../gate.js";
import { reminderOf } from "../gate-reminder.js";
import { LIMITS } from "../limits.js";
import type { OpenTurn } from "../open-turn.js";
import type { Policy } from "../policy.js";
import type { ReadFile } from "../read-file.js";
import type { AgentMember, Room } from "../room.js";
import type { DecideContext } from "./decision.js";

/** What an agent says in a turn, and what is added to each message of it. */
export interface TurnSpeech {
  room: Room;
  agent: AgentMember;
  turn: OpenTurn;
  block: string;
  /** Repeated output of a lost attempt has other ids. */
  repeats: boolean;
  context: DecideContext;
  /** Tools its turn had used by then, where that is known. */
  steps: { steps?: number };
  /** Files of the work folder that the text names, as they were read. */
  files?: readonly ReadFile[];
  /** Members of each message that is posted. */
  ofMessage?: Pick<EventOf<"message.posted">, "expiresAtMs" | "key">;
  /** Members of each question, in place of the usual ones. */
  ofQuestion?: Partial<Pick<EventOf<"gate.opened">, "options" | "why" | "expiresAtMs" | "reminder">>;
}

type GateDraft = Pick<EventOf<"gate.opened">, "gateId" | "kind" | "body" | "why"> &
  Partial<
    Pick<
      EventOf<"gate.opened">,
      "to" | "options" | "content" | "message" | "requestId" | "tool" | "fingerprint" | "expiresAtMs" | "reminder"
    >
  >;

/** The gate that asks people, or the bounce where the room has too many. */
export function openedGate(
  { room, agent, turn, context }: Omit<TurnSpeech, "block" | "repeats" | "steps" | "files">,
  draft: GateDraft,
  earlier: readonly RoomEvent[] = [],
): RoomEvent {
  const opened = earlier.filter((event) => event.type === "gate.opened").length;
  if (room.gates.size + opened >= LIMITS.maxOpenGates) return tooManyGates({ agent, turn }, draft.gateId, earlier);
  return {
    type: "gate.opened",
    from: agent.name,
    ...draft,
    turnId: turn.turnId,
    hash: gateHash({ from: agent.name, ...draft }, context.sha256),
    ...expiryOf(draft, room.policy, context.nowMs),
    ...reminderOf(room.policy, context.nowMs),
  };
}

/** The earlier of the room's own expiry and that of the question. */
function expiryOf({ expiresAtMs }: GateDraft, { gateExpiry }: Policy, nowMs: number): { expiresAtMs?: number } {
  const ofRoomMs = gateExpiry && nowMs + gateExpiry.afterS * 1_000;
  if (ofRoomMs === undefined) return {};
  return { expiresAtMs: Math.min(ofRoomMs, expiresAtMs ?? ofRoomMs) };
}

interface BounceDraft {
  messageId: string;
  reason: EventOf<"message.bounced">["reason"];
  detail: string;
  earlier: readonly RoomEvent[];
}

/** The message went back to the agent. Of several in one turn the first wakes it. */
export function bounce(
  { agent, turn }: Omit<TurnSpeech, "block" | "repeats" | "steps" | "files" | "context" | "room">,
  draft: BounceDraft,
): RoomEvent {
  const again = agent.bounced || draft.earlier.some((event) => event.type === "message.bounced");
  const { messageId, reason, detail } = draft;
  return { type: "message.bounced", messageId, to: agent.name, reason, detail, wakes: !again, turnId: turn.turnId };
}

function tooManyGates(
  speech: Pick<TurnSpeech, "agent" | "turn">,
  gateId: string,
  earlier: readonly RoomEvent[],
): RoomEvent {
  const detail = `${LIMITS.maxOpenGates} gates wait for a person in this room, which is the most. This message was not sent and its question not asked; try again when people have decided.`;
  return bounce(speech, { messageId: gateId.replace(/^g-/, ""), reason: "mailbox-full", detail, earlier });
}
