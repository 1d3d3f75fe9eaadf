import type { ChatSupports } from "../../src/ports/chat.js";

/**
 * A Parley with one chat platform, as the contract suite needs it: people act on the platform, and what they see is read from the platform.
 * Parley runs with the roles of `chat-roles` and with `approver` as its only configured approver.
 */
export interface ChatDriver {
  readonly platform: string;
  readonly supports: ChatSupports;
  /** Two channels that Parley is in. */
  readonly channels: readonly [string, string];
  /** User keys. `stranger` is in no room and configured as nothing. */
  readonly people: { owner: string; approver: string; member: string; stranger: string };

  act(action: PersonAction): Promise<Answer>;
  /** Threads of rooms in a channel, oldest first. */
  threads(channel: string): Promise<string[]>;
  /** What a thread shows now, in order, the root first. Removed posts are not in it. */
  seen(place: Place): Promise<Seen[]>;
  /** What a person was shown in private conversations. */
  seenPrivately(user: string): Promise<Seen[]>;

  /** Messages of the room behind a thread, in the order of its log. */
  logged(place: Place): Promise<{ from: string; body: string }[]>;

  /** Waits until `look` gives something; real or virtual time. Default 60 s. */
  until<T>(what: string, look: () => Promise<T | undefined | false>, timeoutMs?: number): Promise<T>;
  /** Lets time pass, real or virtual. */
  pass(ms: number): Promise<void>;
  nowMs(): number;

  /** Asked before every call to the platform, as far as it can be; undefined: all works. */
  setFaults(plan: FaultPlan | undefined): Promise<void>;
  /** Everything delivered so far is delivered once more, in an order that follows from the seed. */
  redeliver(seed: number): Promise<void>;
  /** The connection is down, in every way the platform has; false: back again. */
  setDeaf(isDeaf: boolean): Promise<void>;
  setTrouble(trouble: Trouble | undefined): Promise<void>;
  /** Kills Parley as `kill -9` does. */
  kill(): Promise<void>;
  /** Starts it on the same data. Look-ups can be left out to show that they are needed. */
  start(options?: { lookUp?: boolean }): Promise<void>;

  health(): Promise<{ ok: boolean; detail?: string }>;
  /** Rules of the platform that were broken: early calls, late answers, posts too long. */
  violations(): Promise<string[]>;
  /** People pinged and links unfurled so far, by posts of Parley's. */
  pings(): Promise<string[]>;
  stop(): Promise<void>;
}

export interface Place {
  channel: string;
  thread: string;
}

export type PersonAction = { user: string; channel: string; thread?: string } & (
  | { command: string }
  | { say: string; file?: { name: string; bytes: number; text?: string }; startsWithUser?: boolean }
  /** Edits a message of theirs; `of` is the id `say` was answered with. */
  | { edit: string; of: string }
  /** Presses the button of the first card whose text contains `on`. In private conversations too. */
  | { press: string; on: string; isStale?: boolean }
  | { submit: string; form: SeenForm }
);

/** What the person was answered, privately. `id` is the message's, for what they wrote. */
export interface Answer {
  id: string;
  text?: string;
  form?: SeenForm;
}

export interface SeenForm {
  id: string;
  label: string;
  value: string;
}

export interface Seen {
  /** The name it stands under; `Parley` for Parley's own. */
  from: string;
  isPerson: boolean;
  /** Everything that can be read on it. */
  text: string;
  buttons: string[];
  /** File attached, if any. */
  file?: string;
}

export type Trouble = "unauthorized" | "channel_gone" | "thread_gone" | "missing_permission";
export type Fault =
  | { kind: "limited"; retryAfterMs: number }
  | { kind: "unavailable" }
  | { kind: "lost"; hasEffect: boolean; afterMs?: number };
export type FaultPlan = (call: {
  method: "post" | "edit" | "find" | "history";
  channel: string | undefined;
}) => Fault | undefined;

/** A fresh platform and a fresh Parley. */
export type CreateChatDriver = (options: { seed: number; supports?: Partial<ChatSupports> }) => Promise<ChatDriver>;
