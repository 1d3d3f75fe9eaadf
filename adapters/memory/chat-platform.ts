import type { Chat, ChatTarget } from "../../src/ports/chat.js";
import type { ChatErrorCode } from "../../src/ports/chat-error.js";
import type { ChannelChange, Inbound, InboundAction, Reply } from "../../src/ports/chat-inbound.js";
import type { ChatPost } from "../../src/ports/chat-post.js";

export type ChatCall = "post" | "edit" | "find" | "history" | "download";

/** How the next call to the platform goes wrong. */
export type ChatFault =
  /** Refused without effect. A rate limit is remembered: a call before it ends breaks a rule. */
  | { kind: "limited"; retryAfterMs: number; scope?: "channel" | "platform" }
  | { kind: "refused"; code: ChatErrorCode }
  /** It works, and takes so long. */
  | { kind: "slow"; afterMs: number }
  /** The outcome is not known: nothing happened, or it did and the answer is lost; at once or after a time-out. */
  | { kind: "lost"; hasEffect: boolean; afterMs?: number };

/** One post as people see it now. */
export interface ShownPost {
  ids: readonly string[];
  target: ChatTarget;
  key: string;
  post: ChatPost;
  atMs: number;
  edits: number;
  isRemoved: boolean;
}

/** The contents of a thread, in order: Parley's posts and people's messages. */
export type InThread = { kind: "post"; shown: ShownPost } | { kind: "person"; inbound: Inbound };

/** A platform in memory, with people on it. It outlives the process that is connected to it. */
export interface MemoryPlatform {
  /** An adapter's view of it; connecting a new one cuts the one before off. */
  chat(): Chat;
  /** Everything posted, oldest first. The same key twice is a double post. */
  readonly posts: readonly ShownPost[];
  thread(channel: string, thread: string): InThread[];
  /** Asked before every call; takes the place of an earlier plan. */
  planFaults(plan: (call: ChatCall, target: ChatTarget | undefined) => ChatFault | undefined): void;
  /** A person acts. Returns Parley's answer; undefined when it did not get the action. */
  act(by: {
    user: Inbound["user"];
    channel: string;
    thread?: string;
    action: InboundAction;
    id?: string;
  }): Promise<Reply | undefined>;
  /** Redelivers actions by their positions, in this order. */
  redeliver(order: (count: number) => number[]): Promise<void>;
  /** The connection is down: actions are lost; messages stay in the history. */
  setDeaf(isDeaf: boolean): void;
  /** Something happens to a channel. One that moves takes its threads along. */
  changeChannel(change: ChannelChange): Promise<void>;
  /** Every call about this channel (or all) fails with this code until it is undefined again. */
  setTrouble(code: ChatErrorCode | undefined, channel?: string): void;
  /** A file people can attach, by its url. */
  files: Map<string, Uint8Array>;
  /** Rules broken by the caller: a real platform would punish these. */
  readonly violations: readonly string[];
}
