import type { Chat, ChatTarget, ThreadTarget } from "../../../ports/chat.js";
import type { Lease } from "../../../ports/leases.js";
import type { StateStream } from "../outbox.js";
import type { Attempts } from "./attempts.js";
import type { OutboundEvent, OutboundState } from "./outbound-state.js";
import type { Pacing } from "./pacing.js";
import type { RegisteredOutbound } from "./registry.js";
import type { RoomSource } from "./room-source.js";

/** An outbound thread loaded by this process: its stored state and the process's own bookkeeping. Times are monotonic. */
export interface LiveOutbound {
  readonly registered: RegisteredOutbound;
  readonly chat: Chat;
  readonly pacing: Pacing;
  readonly outbox: StateStream<OutboundState, OutboundEvent>;
  /** While held, no other process posts here or writes this outbox. */
  readonly lease: Lease;
  source: RoomSource;
  /** Position of the source. May be ahead of the bookmark by events that are not shown. */
  position: { version: number; index: number };
  attempts: Attempts;
  rootShown: string | undefined;
  rootEditedAtMs: number;
  workingShown: string | undefined;
  workingEditedAtMs: number;
  lastRunAtMs: number;
  /** When the next run is due; Infinity: on the next wake-up. */
  nextRunAtMs: number;
  unsubscribe: () => void;
}

/** The platform's thread; undefined until its root is posted. */
export function threadOf({ registered, outbox }: LiveOutbound): ThreadTarget | undefined {
  const thread = registered.thread ?? outbox.state.root?.[0];
  return thread === undefined ? undefined : { kind: "thread", channel: registered.channel, thread };
}

/** The channel of an outbound thread, as a target to post to. */
export function channelOf({ registered }: LiveOutbound): ChatTarget {
  return { kind: "channel", channel: registered.channel };
}
