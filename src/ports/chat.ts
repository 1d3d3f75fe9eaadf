import type { ChatDoor, Inbound, InboundFile } from "./chat-inbound.js";
import type { ChatPost, SentPost } from "./chat-post.js";
import type { Health } from "./health.js";
import type { HttpMount } from "./http-mount.js";

/**
 * A chat platform: threads that mirror rooms, and a door for people. Text is data everywhere: an adapter renders Markdown as far as the
 * platform can, and MUST render it so that it pings nobody and unfurls nothing; only `userId`s that Parley names may be pinged.
 * `post`, `edit`, `find`, `history` and `download` settle within 15 s, reject with a `ChatError` and nothing else; SDK retries of writes are off.
 */
export interface Chat {
  /** `slack`, `discord`: part of stream names and keys. */
  readonly platform: string;
  /** Capabilities of the platform; the runtime branches on these, never on a name. */
  readonly supports: ChatSupports;
  /**
   * Connects, and delivers what people do until `stop`. Called once; where `oneConnection` is set, again after `stop`. MUST resolve (within 5 s) also when the platform is away or the
   * token is wrong: it keeps trying, and `check` says so. MUST NOT deliver what Parley itself posted, by whatever road it comes back.
   */
  start(door: ChatDoor): Promise<{ mounts: readonly HttpMount[]; stop(): Promise<void> }>;
  /**
   * Posts once and gives the ids of what stands there now, the first one first. In a `channel` target it makes a thread (posts of kind
   * `root` only) whose id is `ids[0]`. The key (at most 200 characters) MUST be findable again as `find` says.
   */
  post(target: ChatTarget, post: ChatPost, key: string): Promise<string[]>;
  /** Shows `post` in the place of what these ids show; idempotent. `removed`: takes it away, or leaves nothing that matters. */
  edit(target: ChatTarget, ids: readonly string[], post: ChatPost | "removed"): Promise<void>;
  /**
   * Ids of the post that `post` was asked for, if the platform has it; MUST look at the platform, not at what was remembered, and MUST
   * reject when it cannot see all of it. A post half done (a root without its thread) is completed first.
   */
  find(target: ChatTarget, sent: SentPost): Promise<string[] | undefined>;
  /** Messages of people in the thread since then, oldest first, each with the id it has when it is delivered live. */
  history(target: ThreadTarget, sinceMs: number): Promise<Inbound[]>;
  /** The bytes of a file a person sent. `refused` when it is larger than `maxBytes`. */
  download(file: InboundFile, maxBytes: number): Promise<Uint8Array>;
  /** Not ok while deaf (no connection), and when token, scopes, intents or permissions are not what is needed. MUST answer within 2 s. */
  check(): Promise<Health>;
}

/** Capabilities and limits of a chat platform. */
export interface ChatSupports {
  /** Set where the platform delivers to one connection only: of a fleet one process starts it; `post`, `edit` and `find` MUST work without. */
  oneConnection?: true;
  /** Posts under another name and picture. Without it the adapter puts the name into the text. */
  identities: boolean;
  /** Slash commands inside threads. */
  commandsInThreads: boolean;
  /** UTF-16 units of text in one post; longer text comes in parts. */
  maxPostChars: number;
  /** A text of more parts than this comes as a file with its beginning as preview. */
  maxParts: number;
  /** Bytes of a file in one post. */
  maxFileBytes: number;
  /** UTF-16 units of body a gate card shows in full; a longer one can only be decided in the browser. */
  maxCardChars: number;
  /** UTF-16 units a form's text field takes. */
  maxFormChars: number;
  /** Questions a form shows, each with its options and a way to answer in words; 0: none. */
  maxFormQuestions: number;
  /** Text fields in one form, each of at most `maxFormChars`. */
  maxFormFields: number;
  /** Options of one question of a form. */
  maxFormOptions: number;
  /** Posts to one channel: this many at once, then one every `postIntervalMs`. */
  postBurst: number;
  postIntervalMs: number;
  /** Edits of the whole platform together. */
  editsPerMinute: number;
}

/** A thread in a channel, by the ids of the platform. */
export interface ThreadTarget {
  kind: "thread";
  channel: string;
  thread: string;
}

/** Where a post goes. */
export type ChatTarget =
  | { kind: "channel"; channel: string }
  | ThreadTarget
  /** A private conversation with one person. */
  | { kind: "person"; userId: string };
