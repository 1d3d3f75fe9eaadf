import type { Chat, ChatTarget, ThreadTarget } from "../../../ports/chat.js";
import type { Lease } from "../../../ports/leases.js";
import type { StateStream } from "../outbox.js";
import type { OutboundEvent, OutboundState } from "./outbound-state.js";
import type { Pacing } from "./pacing.js";
import type { RegisteredOutbound } from "./registry.js";
import type { RoomSource } from "./room-source.js";

/** A mirror that is being worked on: its stored state, and what only this process needs to know. Times are monotonic. */
export interface LiveOutbound {
  readonly registered: RegisteredOutbound;
  readonly chat: Chat;
  readonly pacing: Pacing;
  readonly outbox: StateStream<OutboundState, OutboundEvent>;
  /** While it is held nobody else posts here or writes this ledger. */
  readonly lease: Lease;
  source: RoomSource;
  /** Where the source stands, which may be further than the bookmark: nothing in between is shown. */
  position: { version: number; index: number };
  /** Of the pending post: when it failed, how often it was looked for and not found. */
  failedAtMs: number | undefined;
  lookUps: number;
  /** Tries in a row that the platform was away. */
  failures: number;
  notBeforeMs: number;
  /** Key of a post that the platform does not take as it is; a line says so in its place. */
  fallbackKey: string | undefined;
  suspendedTries: number;
  rootShown: string | undefined;
  rootEditedAtMs: number;
  workingShown: string | undefined;
  workingEditedAtMs: number;
  lastRunAtMs: number;
  /** When it wants to be run again; Infinity: when something happens. */
  nextRunAtMs: number;
  unsubscribe: () => void;
}

/** The mirror's thread, once its root is posted. */
export function threadOf({ registered, outbox }: LiveOutbound): ThreadTarget | undefined {
  const thread = registered.thread ?? outbox.state.root?.[0];
  return thread === undefined ? undefined : { kind: "thread", channel: registered.channel, thread };
}

export function channelOf({ registered }: LiveOutbound): ChatTarget {
  return { kind: "channel", channel: registered.channel };
}
