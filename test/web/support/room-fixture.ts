import { applyFrame } from "../../../adapters/web/client/room-events.js";
import { type MessageEntry, openRoom, type RoomState } from "../../../adapters/web/client/room-state.js";
import type { RoomEvent } from "../../../src/core/room/event.js";
import { noUsage } from "../../../src/core/room/usage.js";
import type { RoomEventFrame, RoomFrame } from "../../../src/protocol/events.js";
import type { MessageView } from "../../../src/protocol/messages.js";
import type { RoomView } from "../../../src/protocol/rooms.js";

export const view: RoomView = {
  roomId: "r",
  name: "Room",
  state: "active",
  version: 10,
  participants: [
    { name: "coder", displayName: "coder", kind: "agent", role: "coder", status: "idle", unread: 0 },
    { name: "reviewer", displayName: "reviewer", kind: "agent", role: "reviewer", status: "idle", unread: 0 },
    { name: "mia", displayName: "Mia", kind: "human", role: "approver", status: "idle" },
  ],
  gates: [],
  usage: noUsage,
  policy: {},
  mirrors: [],
};

export const message = (messageId: string, version: number, more: Partial<MessageView> = {}): MessageView => ({
  messageId,
  from: "mia",
  to: "room",
  body: messageId,
  class: "deliver",
  at: version * 1_000,
  version,
  delivery: { coder: "acknowledged", reviewer: "acknowledged" },
  ...more,
});

export const frame = (version: number, event: RoomEvent, index = 0): RoomEventFrame => ({
  version,
  index,
  at: version * 1_000,
  actor: "parley",
  ...event,
});

export const posted = (
  messageId: string,
  more: Partial<Extract<RoomEvent, { type: "message.posted" }>> = {},
): RoomEvent => ({
  type: "message.posted",
  messageId,
  from: "mia",
  to: "room",
  body: messageId,
  class: "deliver",
  hop: 0,
  ...more,
});

export const started = (agent: string, messages: string[], turnId = "t1"): RoomEvent => ({
  type: "turn.started",
  turnId,
  agent,
  messages,
  node: "n",
  boot: "b",
  attempt: 1,
});

export const asked = (gateId: string, more: Partial<Extract<RoomEvent, { type: "gate.opened" }>> = {}): RoomEvent => ({
  type: "gate.opened",
  gateId,
  kind: "tool",
  from: "coder",
  body: "{}",
  hash: "h",
  why: "w",
  tool: "Bash",
  requestId: "q",
  turnId: "t1",
  ...more,
});

export const open = (messages: MessageView[] = [], more: Partial<RoomView> = {}, next?: string): RoomState =>
  openRoom({ ...view, ...more }, { version: 10, messages, ...(next !== undefined && { next }) }, "mia");
export const following = (state: RoomState, ...frames: RoomFrame[]): RoomState => frames.reduce(applyFrame, state);
export const status = (state: RoomState, name: string) =>
  state.participants.find((known) => known.name === name)?.status;
export const entryOf = (state: RoomState, id: string) => state.entries.find((entry) => entry.id === id) as MessageEntry;
export const linesOf = (state: RoomState) =>
  state.entries.flatMap((entry) => (entry.kind === "line" ? [entry.line] : []));
