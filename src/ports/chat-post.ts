/** Arguments of an earlier `post`, for platforms that can only find a post by its looks. */
export interface SentPost {
  key: string;
  post: ChatPost;
  /** Other forms in which it may have been sent, simpler ones and its own among them. */
  otherForms?: readonly ChatPost[];
  /** When it was first tried, Unix ms; the adapter allows for a minute of difference between clocks. */
  firstSentAtMs: number;
  /** Ids known to belong to other posts of this mirror. */
  recordedIds: ReadonlySet<string>;
}

/** Everything that Parley shows on a chat platform. */
export type ChatPost =
  /** The first post of a thread, edited in place. Under Parley's own name. */
  | { kind: "root"; card: RootCard }
  /** A participant's message, or a part of it. Under the participant's name. */
  | { kind: "message"; message: ChatMessage }
  /** One quiet line, under Parley's own name: a join, a failure, a notice. `to`: whom it is for, and who may be pinged. */
  | { kind: "line"; text: string; to?: ChatRecipients }
  /** The line that says who is working on what; edited in place, removed when no agent works. Under Parley's own name. */
  | { kind: "working"; text: string }
  /** A decision that waits; edited in place when decided. Under Parley's own name. */
  | { kind: "gate"; gate: GateCard };

/** A participant of a room, as a post shows it. `name` is unique in the room. */
export interface ChatIdentity {
  name: string;
  displayName: string;
  role: string;
  kind: "agent" | "human";
  /**
   * Public address of a PNG that no other participant of the room has. Absent for people, and where the platform could not reach it: the
   * adapter then takes a picture that needs no address.
   */
  pictureUrl?: string;
}

/** `userId` is there for people of this platform; they may be pinged. */
export type ChatRecipients = "room" | readonly { name: string; userId?: string }[];

/** A message of a participant, or one part of a long one. */
export interface ChatMessage {
  from: ChatIdentity;
  to: ChatRecipients;
  /** Markdown, at most `maxPostChars`, fences closed. */
  text: string;
  /** 1 of 1 for most. Recipients are shown on the first. */
  part: { number: number; count: number };
  /** The platform refused it with its layout: show the same words as plain text. */
  isPlain?: true;
  /** The whole text, where `text` is only its beginning. `name` is safe. */
  file?: { name: string; text: string };
  /** A file of a participant that comes with it; `text` says what it is. `name` is safe; `bytes` are at most `maxFileBytes`. */
  attachment?: { name: string; bytes: Uint8Array };
}

/** The summary of a room that stands first in its thread. `usd`: what the room has spent, US dollars. */
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

/** A decision that waits for a person, or its outcome. */
export interface GateCard {
  kind: "message" | "question" | "tool" | "continue";
  /** One line of what this is: `coder wants to say to @reviewer`. Plain text. */
  heading: string;
  /** One line of why it waits; empty where the heading says it. Plain text. */
  why: string;
  /** The whole text that is decided on, shown in full and as it is; absent where it must or cannot be shown here. */
  body?: string;
  /** Meanings of the answers, in the order of their buttons. */
  options?: readonly { label: string; description?: string }[];
  /** The whole text, where `body` is only its beginning; `why` names it. `name` is safe. */
  file?: { name: string; text: string };
  /** Without buttons it is decided, or can be decided only elsewhere. */
  buttons: readonly ChatButton[];
  /** Outcome, by whom and when; `text`: what was answered, or the reason, plain text of any length. A card that has it has no buttons. */
  resolved?: { outcome: string; by: string; atMs: number; text?: string };
}

/** One button of a card. */
export type ChatButton =
  /** `id` is opaque: at most 90 of `[A-Za-z0-9._:-]`, unique in its card. Adapters give it back as they got it. */
  | { kind: "press"; id: string; label: string; style: "primary" | "danger" | "plain" }
  | { kind: "link"; url: string; label: string };
