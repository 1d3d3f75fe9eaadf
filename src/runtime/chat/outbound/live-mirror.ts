import type { Chat, ChatTarget, ThreadTarget } from "../../../ports/chat.js";
import type { Lease } from "../../../ports/leases.js";
import type { Ledger } from "../outbox.js";
import type { MirrorEvent, MirrorState } from "./mirror-state.js";
import type { Pacing } from "./pacing.js";
import type { RegisteredMirror } from "./registry.js";
import type { RoomSource } from "./room-source.js";

/** A mirror that is being worked on: its stored state, and what only this process needs to know. Times are monotonic. */
export interface LiveMirror {
  readonly registered: RegisteredMirror;
  readonly chat: Chat;
  readonly pacing: Pacing;
  readonly ledger: Ledger<MirrorState, MirrorEvent>;
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
  parkedTries: number;
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
export function threadOf({ registered, ledger }: LiveMirror): ThreadTarget | undefined {
  const thread = registered.thread ?? ledger.state.root?.[0];
  return thread === undefined ? undefined : { kind: "thread", channel: registered.channel, thread };
}

export function channelOf({ registered }: LiveMirror): ChatTarget {
  return { kind: "channel", channel: registered.channel };
}
