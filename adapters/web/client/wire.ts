import type { Activity } from "../../../src/core/room/activity.js";
import type { DeliveryClass, GateOption, Recipients, RoomEvent, Usage } from "../../../src/core/room/event.js";
import type { Policy } from "../../../src/core/room/policy.js";
import type { RoomStateKind } from "../../../src/core/room/room.js";
import type { DeliveryState, GateView, ParticipantView } from "../../../src/core/room/view.js";

/** What the server sends, as the page reads it. Times are Unix milliseconds. */

/** `GET /api/rooms/:id` */
export interface RoomView {
  roomId: string;
  name: string;
  state: RoomStateKind;
  version: number;
  participants: ParticipantView[];
  gates: GateView[];
  usage?: Partial<Usage>;
  policy?: Policy;
  mirrors?: { mirrorId: string; platform: string; channel: string }[];
}

export interface InviteView {
  inviteId: string;
  role: string;
  expiresAt: number;
  usesLeft: number;
  forName?: string;
  /** Absent: the log does not say who made it. */
  by?: string;
}

export interface MessageView {
  messageId: string;
  from: string;
  to: Recipients;
  body: string;
  class: DeliveryClass;
  at: number;
  version: number;
  delivery: Record<string, DeliveryState>;
}

/** `GET /api/rooms/:id/messages`: the newest page first, ascending inside. `next` goes into `before`. */
export interface MessagePage {
  /** The room had come this far at least. */
  version: number;
  messages: MessageView[];
  next?: string | number;
}

/** One event of the room's log, as a frame of the stream. */
export type LogFrame = { version: number; index: number; at: number } & RoomEvent;

/** What an agent does right now; stored nowhere and without a place in the log. */
export type ActivityFrame = Activity;

export type Frame = LogFrame | ActivityFrame;

/** Why something did not work, from `application/problem+json`; `status` 0 when nobody answered. */
export interface Problem {
  status: number;
  code: string;
  detail: string;
  /** Who was first, for `gate_already_resolved`. */
  by?: string;
  outcome?: string;
  /** A free name, for `name_taken`. */
  suggestion?: string;
  retryAfterS?: number;
  /** Whose the cookie of this browser is by now, for `not_you`. */
  you?: string;
}

export type Result<T> = { ok: true; value: T } | { ok: false; problem: Problem };

export type { DeliveryState, GateOption, GateView, ParticipantView, Recipients };

export function isActivity(frame: Frame): frame is ActivityFrame {
  return frame.type.startsWith("activity.");
}
