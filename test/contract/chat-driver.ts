import type { ChatSupports } from "../../src/ports/chat.js";
import type { FormAnswer } from "../../src/ports/chat-inbound.js";

/**
 * A Parley with one chat platform, as the contract suite needs it: people act on the platform, and their view is read from the platform. Parley runs
 * with the roles of `chat-roles` and with `approver` as its only configured approver.
 */
export interface ChatDriver {
  readonly platform: string;
  readonly supports: ChatSupports;
  /** Two channels of which Parley is a member. */
  readonly channels: readonly [string, string];
  /** User keys. `stranger` is in no room and has no configured rights. */
  readonly people: { owner: string; approver: string; member: string; stranger: string };

  act(action: PersonAction): Promise<Answer>;
  /** Threads of rooms in a channel, oldest first. */
  threads(channel: string): Promise<string[]>;
  /** Current posts of a thread in order, the root first, without removed posts. */
  seen(place: Place): Promise<Seen[]>;
  /** Posts shown to a person in private conversations. */
  seenPrivately(user: string): Promise<Seen[]>;

  /** Messages of a thread's room, in log order, with the time each was stored (Unix ms on the clock of `nowMs`). */
  logged(place: Place): Promise<{ from: string; body: string; atMs: number }[]>;

  /** Waits until `look` gives something; real or virtual time. Default 60 s. */
  until<T>(what: string, look: () => Promise<T | undefined | false>, timeoutMs?: number): Promise<T>;
  /** Waits for real or virtual time. */
  pass(ms: number): Promise<void>;
  nowMs(): number;

  /** Consulted before every call to the platform where possible; undefined: the call works. */
  setFaults(plan: FaultPlan | undefined): Promise<void>;
  /** Redelivers everything delivered so far, in an order derived from the seed. */
  redeliver(seed: number): Promise<void>;
  /** Takes every kind of connection of the platform down; false restores them. */
  setDeaf(isDeaf: boolean): Promise<void>;
  setTrouble(trouble: Trouble | undefined): Promise<void>;
  /** Kills Parley as `kill -9` does. */
  kill(): Promise<void>;
  /** Restarts Parley on the same data. `lookUp: false` proves that look-ups are needed. */
  start(options?: { lookUp?: boolean }): Promise<void>;

  health(): Promise<{ ok: boolean; detail?: string }>;
  /** Violations of the platform's rules: early calls, late replies, posts too long. */
  violations(): Promise<string[]>;
  /** Number of people pinged and links unfurled so far by Parley's posts. */
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
  /** Edits one of the person's messages; `of` is the id returned by `say`. */
  | { edit: string; of: string }
  /** Presses the button of the first card whose text contains `on`. In private conversations too. */
  | { press: string; on: string; isStale?: boolean }
  /** `submit`: the text field. `answers`: what is chosen and written under each question, in a form that has some. `fields`: all text fields, in a form that has several. */
  | { submit: string; form: SeenForm; answers?: readonly FormAnswer[]; fields?: readonly string[] }
);

/** The private reply to the person. `id`: id of the message they wrote. */
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
  /** Displayed author; `Parley` for Parley's own posts. */
  from: string;
  isPerson: boolean;
  /** All text visible on the post. */
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

/** Creates a fresh platform and a fresh Parley. */
export type CreateChatDriver = (options: { seed: number; supports?: Partial<ChatSupports> }) => Promise<ChatDriver>;
