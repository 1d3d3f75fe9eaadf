import { parseAddressed } from "../../../src/core/grammar/directive.js";
import { roomNames } from "../../../src/core/grammar/known.js";
import type { Recipients } from "../../../src/core/room/event.js";
import type { CallProblem } from "./problem.js";
import type { KeptMessage, PendingMessage, RoomState } from "./room-state.js";

/** Recipients and body of a typed text. */
export interface AddressedText {
  to: Recipients;
  body: string;
}

/** Whom a typed text goes to and what of it is the message, as the server will read it. */
export function addressOf(typed: string, { participants }: Pick<RoomState, "participants">): AddressedText {
  const { names, body } = parseAddressed(typed, roomNames(participants));
  const isRoom = names.length === 0 || names.some((name) => ["room", "all", "everyone", "here"].includes(name));
  return { to: isRoom ? "room" : names, body };
}

/** Shows an own message before the log has it. */
export function addPending(state: RoomState, kept: KeptMessage): RoomState {
  const message: PendingMessage = { ...kept, state: "sending", ...addressOf(kept.typed, state) };
  return { ...state, pending: [...state.pending, message] };
}

/** The server has it. It stays until the log shows it, which may have happened already. */
export function pendingSent(state: RoomState, key: string, messageId: string): RoomState {
  if (state.messageIds.has(messageId)) return dropPending(state, key);
  return change(state, key, ({ problem: _problem, ...message }) => ({ ...message, state: "sent", messageId }));
}

export function pendingFailed(state: RoomState, key: string, problem: CallProblem): RoomState {
  return change(state, key, (message) => ({ ...message, state: "failed", problem }));
}

export function pendingAgain(state: RoomState, key: string): RoomState {
  return change(state, key, ({ problem: _problem, ...message }) => ({ ...message, state: "sending" }));
}

export function dropPending(state: RoomState, key: string): RoomState {
  return { ...state, pending: state.pending.filter((message) => message.key !== key) };
}

function change(state: RoomState, key: string, to: (message: PendingMessage) => PendingMessage): RoomState {
  return { ...state, pending: state.pending.map((message) => (message.key === key ? to(message) : message)) };
}
