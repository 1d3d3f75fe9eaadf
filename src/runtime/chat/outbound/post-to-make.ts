import type { Attachment } from "../../../core/room/gate-content.js";
import type { ChatTarget } from "../../../ports/chat.js";
import type { ChatPost } from "../../../ports/chat-post.js";
import type { LiveOutbound } from "./live-outbound.js";
import type { PostSlot } from "./outbound-state.js";

/** A post and what is needed to make it exactly once. */
export interface PostToMake {
  key: string;
  target: ChatTarget;
  slot: PostSlot;
  post: ChatPost;
  /** A file of the room that comes with it. */
  attachment?: Attachment;
  /** Position of its event; `last`: it is the event's last post. */
  place?: { version: number; index: number };
  last?: boolean;
  /** Of a person's message, which may be taken back later. */
  messageId?: string;
}

/** `progress` if something was done, otherwise milliseconds until the next attempt (Infinity: on the next wake-up). */
export type Step = "progress" | number;

/** Writes down what was posted; no ids: it was given up. */
export type RecordPost = (outbound: LiveOutbound, wanted: PostToMake, ids: string[]) => Promise<Step>;
