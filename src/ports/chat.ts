import type { Health } from "./health.js";

/**
 * A chat platform: threads that mirror rooms, and a door for people. Text is data everywhere: an adapter renders Markdown as far as the
 * platform can, and MUST render it so that it pings nobody and unfurls nothing; only `userId`s that Parley names may be pinged.
 * `post`, `edit`, `find`, `history` and `download` settle within 15 s, reject with a `ChatError` and nothing else; SDK retries of writes are off.
 */
export interface Chat {
  /** `slack`, `discord`: part of stream names and keys. */
  readonly platform: string;
  /** What the platform can do; the runtime branches on these, never on a name. */
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
  /** UTF-16 units of body a gate card shows in full; a longer one can only be decided in the browser. */
  maxCardChars: number;
  /** UTF-16 units a form's text field takes. */
  maxFormChars: number;
  /** Posts to one channel: this many at once, then one every `postIntervalMs`. */
  postBurst: number;
  postIntervalMs: number;
  /** Edits of the whole platform together. */
  editsPerMinute: number;
}

export interface ChatDoor {
  /**
   * What a person did. Resolves when it is stored for good and, for everything but plain messages, done: with what to show that person
   * alone. The adapter acknowledges to the platform only then, and shows `text` privately. Rejects: nothing was stored; do not acknowledge,
   * so that it is delivered again. The same `id` again has no second effect. Answers within 2 s.
   */
  deliver(inbound: Inbound): Promise<Reply>;
  /** Names for a command that is being typed, at most 25. Stores nothing; answers within 2 s. */
  suggest?(asked: ChatQuestion): Promise<readonly string[]>;
  /** Called after every (re)connect, the first included: threads are then caught up from `history`, parked mirrors tried again. */
  connected(): void;
}

/** What a name is looked for, and where it is typed. `room`: which room's agents, where it does not follow from the thread. */
export interface ChatQuestion extends Pick<Inbound, "platform" | "user" | "channel" | "thread"> {
  what: "room" | "agent" | "role";
  typed: string;
  room?: string;
}

export interface ThreadTarget {
  kind: "thread";
  channel: string;
  thread: string;
}
export type ChatTarget =
  | { kind: "channel"; channel: string }
  | ThreadTarget
  /** A private conversation with one person. */
  | { kind: "person"; userId: string };

/** What was asked of `post`, for platforms that can only look for it by what it looked like. */
export interface SentPost {
  key: string;
  post: ChatPost;
  /** When it was first tried, Unix ms; the adapter allows for a minute of difference between clocks. */
  firstSentAtMs: number;
  /** Ids known to belong to other posts of this mirror. */
  recordedIds: ReadonlySet<string>;
}

export type ChatPost =
  /** The first post of a thread, edited in place. Under Parley's own name. */
  | { kind: "root"; card: RootCard }
  /** Something somebody said, or a part of it. Under that somebody's name. */
  | { kind: "message"; message: ChatMessage }
  /** One quiet line, under Parley's own name: a join, a failure, a notice. `to`: whom it is for, and who may be pinged. */
  | { kind: "line"; text: string; to?: ChatRecipients }
  /** The line that says who is working on what; edited in place, removed when nobody works. Under Parley's own name. */
  | { kind: "working"; text: string }
  /** A decision that waits; edited in place when decided. Under Parley's own name. */
  | { kind: "gate"; gate: GateCard };

export interface ChatIdentity {
  name: string;
  displayName: string;
  role: string;
  kind: "agent" | "human";
}

/** `userId` is there for people of this platform; they may be pinged. */
export type ChatRecipients = "room" | readonly { name: string; userId?: string }[];

export interface ChatMessage {
  from: ChatIdentity;
  to: ChatRecipients;
  /** Markdown, at most `maxPostChars`, fences closed. */
  text: string;
  /** 1 of 1 for most. Recipients are shown on the first. */
  part: { number: number; count: number };
  /** The whole text, where `text` is only its beginning. `name` is safe. */
  file?: { name: string; text: string };
}

export interface RootCard {
  roomId: string;
  name: string;
  /** `halted`: no agent starts anything until somebody decides whether they go on. */
  state: "active" | "halted" | "paused" | "closed";
  /** `status`: a few words, such as `working` or `waiting for you`. */
  participants: readonly (ChatIdentity & { status: string })[];
  usd: number;
  buttons: readonly ChatButton[];
}

export interface GateCard {
  kind: "message" | "question" | "tool" | "continue";
  /** One line of what this is: `coder wants to say to @reviewer`. Plain text. */
  heading: string;
  /** One line of why it waits; empty where the heading says it. Plain text. */
  why: string;
  /** The whole text that is decided on, shown in full and as it is; absent where it must or can not be shown here. */
  body?: string;
  /** What the answers mean, in the order of their buttons. */
  options?: readonly { label: string; description?: string }[];
  /** Without buttons it is decided, or can be decided only elsewhere. */
  buttons: readonly ChatButton[];
  /** Outcome, by whom and when; `text`: what was answered, or the reason, plain text of any length. A card that has it has no buttons. */
  resolved?: { outcome: string; by: string; atMs: number; text?: string };
}

export type ChatButton =
  /** `id` is opaque: at most 90 of `[A-Za-z0-9._:-]`, unique in its card. Adapters give it back as they got it. */
  | { kind: "press"; id: string; label: string; style: "primary" | "danger" | "plain" }
  | { kind: "link"; url: string; label: string };

/** One thing a person did. */
export interface Inbound {
  platform: string;
  /** The platform's own id for it, the same on redelivery; of a message the same from `history`. At most 200 characters. */
  id: string;
  /** When it was done, Unix ms by the platform's clock. */
  atMs: number;
  /** `groups`: ids of platform roles or user groups, where the platform tells. */
  user: { id: string; displayName: string; groups?: readonly string[] };
  channel: string;
  /** Absent outside a thread. */
  thread?: string;
  action: InboundAction;
}

export type InboundAction =
  /** `/room <text>`, or a message that begins by mentioning Parley; the mention is cut off. */
  | { kind: "command"; text: string }
  /**
   * Any other message of a person in a thread. `text` as people read it: entities unescaped, mentions as `@name`.
   * `startsWithUser`: it begins by mentioning another user of the platform.
   */
  | { kind: "message"; text: string; startsWithUser: boolean; files: readonly InboundFile[] }
  /** A message was edited. `of` is that message's id, `originalAtMs` when it was written. */
  | { kind: "correction"; of: string; originalAtMs: number; text: string }
  /** A button was pressed. */
  | { kind: "press"; button: string }
  /** A form that answered a press was sent off. */
  | { kind: "submit"; form: string; text: string };

export interface InboundFile {
  name: string;
  /** Where the adapter's `download` finds it. */
  url: string;
  bytes: number;
}

/** Shown to that person alone. */
export type Reply = { kind: "none" } | { kind: "text"; text: string } | { kind: "form"; form: ChatForm };

/** One text field. */
export interface ChatForm {
  /** Opaque, as of a button. */
  id: string;
  /** At most 24 characters. */
  title: string;
  /** At most 45 characters. */
  label: string;
  value: string;
  multiline: boolean;
  required: boolean;
  /** At most `maxFormChars`. */
  maxChars: number;
}

export interface HttpMount {
  path: string;
  /** Maximum body the mount takes, bytes. */
  maxBytes: number;
  handle(request: Request): Promise<Response>;
}
