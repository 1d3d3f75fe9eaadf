import type { Activity } from "../core/room/activity.js";
import type { DeliveryClass, PersonRole, Recipients, Usage } from "../core/room/event.js";
import type { Policy } from "../core/room/policy.js";
import type { RoomStateKind } from "../core/room/room.js";
import type { DeliveryState, GateView, ParticipantView } from "../core/room/view.js";

/** Answers of the server, as docs/protocol.md describes them. */

export interface RoomSummary {
  roomId: string;
  name: string;
  state: RoomStateKind;
  version: number;
  openGates: number;
}

export interface RoomAnswer {
  roomId: string;
  name: string;
  state: RoomStateKind;
  version: number;
  participants: ParticipantView[];
  gates: GateView[];
  usage?: Usage;
  policy?: Policy;
  mirrors?: { platform?: string; channel?: string }[];
  repo?: string;
  branch?: string;
}

export interface CreatedRoom {
  roomId: string;
  name: string;
  version: number;
  token: string;
  invites: Partial<Record<PersonRole, string>>;
}

export interface MessageAnswer {
  messageId: string;
  from: string;
  to: Recipients;
  body: string;
  class: DeliveryClass;
  at: number;
  version: number;
  delivery?: Record<string, DeliveryState>;
}

export interface InviteAnswer {
  inviteId: string;
  role: PersonRole;
  expiresAt?: number;
  usesLeft?: number;
  forName?: string;
  /** Absent: the log does not say who made it. */
  by?: string;
}

/** The answer of a removal: the number of codes and tokens it ended, and for a caller who may invite the codes still open. */
export interface RemovalAnswer {
  version: number;
  ended?: { invites: number; tokens: number };
  openInvites?: InviteAnswer[];
}

/** A token for programs, without its secret. Times are Unix milliseconds. */
export interface TokenAnswer {
  id: string;
  name: string;
  scopes: string[];
  label?: string;
  expiresAt?: number;
  lastUsedAt?: number;
}

export interface HealthAnswer {
  healthy: boolean;
  version: string;
  degraded: string[];
  checks: Record<string, { ok: boolean; detail?: string }>;
}

/** What an agent does right now; frames of an event stream that was asked for with `activity=1`. They have no id and are stored nowhere. */
export type ActivityFrame = Activity;
