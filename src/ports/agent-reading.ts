import type { Recipients } from "../core/room/event.js";
import type { AgentStatus, DeliveryState } from "../core/room/view.js";
import type { Refusable } from "./refusable.js";

/** What an agent outside Parley reads, and its own record. Infrastructure failures reject with a `PortError`. */
export interface AgentReading {
  /** The agent itself and who takes part. Undefined: it is not in the room any more. */
  look(): Promise<DoorLook | undefined>;
  /** Messages to the room, to it and from it, the newest last. Never held text. */
  messages(wanted: DoorSearch): Promise<DoorMessages>;
  /** Appends an entry to its own record. `entry`: JSON of at most `maxEntryBytes`. */
  append(entry: unknown): Promise<Refusable<{ version: number }>>;
}

/** Which messages are wanted. `before`: a place as `next` gave it. */
export interface DoorSearch {
  limit: number;
  before?: string | undefined;
  /** Part of the text in any case, or a sender. */
  containing?: string | undefined;
  /** Only its own. */
  isOwn?: boolean | undefined;
}

/** A message as the agent reads it back. `delivery`: how far it came, by agent. */
export interface DoorMessage {
  messageId: string;
  from: string;
  to: Recipients;
  body: string;
  /** Unix ms. */
  at: number;
  delivery: Record<string, DeliveryState>;
}

/** A page of messages; `next` leads to older ones. */
export interface DoorMessages {
  messages: DoorMessage[];
  next?: string;
}

/** The room as the agent sees it. */
export interface DoorLook {
  roomId: string;
  room: string;
  state: string;
  version: number;
  you: { name: string; role: string; waiting: number; turnId?: string };
  participants: { name: string; kind: "agent" | "human"; role: string; status: AgentStatus; note?: string }[];
  /** Its own questions and held messages that nobody has decided. */
  open: { gateId: string; kind: "message" | "question"; openedAt: number }[];
}
