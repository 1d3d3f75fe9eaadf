/** Receives people's actions from a chat adapter. The runtime implements it; adapters call it. */
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
  /**
   * Called when the connection is lost, as soon as the adapter knows: something may be missed from now on. What is delivered
   * until threads are caught up after the next `connected` waits for what was missed in its thread, at most 10 s.
   */
  disconnected?(): void;
  /** What happened to a channel, in the order in which it happened. Resolves when it is known for good. */
  channelChanged?(change: ChannelChange): Promise<void>;
}

/**
 * What happened to a channel, by anybody's hand. `moved`: it has another id. `closed`: Parley cannot post there until somebody
 * mends it. `open`: that was mended. `private`: only some people see it now; Parley still does.
 */
export type ChannelChange = { channel: string } & (
  | { kind: "moved"; to: string }
  | { kind: "renamed"; name: string }
  | { kind: "closed"; why: "archived" | "left" | "deleted" }
  | { kind: "open" }
  | { kind: "private" }
);

/** The text to complete, and where it is typed. `room`: which room's agents, if it does not follow from the thread. */
export interface ChatQuestion extends Pick<Inbound, "platform" | "user" | "channel" | "thread"> {
  what: "room" | "agent" | "role";
  typed: string;
  room?: string;
}

/** One thing a person did. */
export interface Inbound {
  platform: string;
  /** The platform's own id for it, the same on redelivery; of a message the same from `history`. At most 200 characters. */
  id: string;
  /** When it was done, Unix ms by the platform's clock. */
  atMs: number;
  /**
   * `groups`: ids of platform roles or user groups, where the platform tells. `isUncertain`: the display name may not be the one
   * that is shown on the platform now, so it replaces no known one.
   */
  user: { id: string; displayName: string; groups?: readonly string[]; isUncertain?: boolean };
  channel: string;
  /** Absent outside a thread. */
  thread?: string;
  action: InboundAction;
}

/** A description of that one thing. */
export type InboundAction =
  /** `/room <text>`, or a message that begins by mentioning Parley; the mention is cut off. */
  | { kind: "command"; text: string }
  /**
   * Any other message of a person in a thread. `text` is the person's own words as people read them, in Markdown: entities
   * unescaped, mentions as `@name`, no ids. `startsWithUser`: it begins by mentioning another user of the platform.
   */
  | ({ kind: "message"; text: string; startsWithUser: boolean; files: readonly InboundFile[] } & MessageExtras)
  /** A message was edited. `of` is that message's id, `originalAtMs` when it was written. */
  | { kind: "correction"; of: string; originalAtMs: number; text: string }
  /** A button was pressed. */
  | { kind: "press"; button: string }
  /** A form that answered a press was sent off. */
  | FormSubmission;

/** A form as a person filled it in. `text`: the one field, or the one that belongs to all questions. `answers`: a form with questions. */
export interface FormSubmission {
  kind: "submit";
  form: string;
  text: string;
  answers?: readonly FormAnswer[];
}

/** The answer to one question of a form. `question` and `options` are places in its lists, from 0. */
export interface FormAnswer {
  question: number;
  options: readonly number[];
  text?: string;
}

/** One question of a form. `multiple`: several options may be chosen. `freeText`: words of one's own are an answer too. */
export interface FormQuestion {
  text: string;
  options: readonly { label: string; description?: string | undefined }[];
  multiple: boolean;
  freeText: boolean;
}

/** The contents of a message beside its own text. */
export interface MessageExtras {
  /** The message it replies to: one quoted line, `> Bob: …`, cut at about 200 characters. */
  replyTo?: string;
  /** Its other parts as text (forwards, tables, polls), each with a label in brackets that says what it is and whose words. */
  parts?: readonly string[];
  /** Words for the parts that have no text, such as `a file that was deleted`: the person is told. */
  unreadable?: readonly string[];
}

/** A file that a person attached to a message. `bytes` is its size. */
export interface InboundFile {
  name: string;
  /** Where the adapter's `download` finds it. */
  url: string;
  bytes: number;
}

/** Shown to that person alone. */
export type Reply = { kind: "none" } | { kind: "text"; text: string } | { kind: "form"; form: ChatForm };

/** One text field, or questions. */
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
  /** Values of several text fields in the place of one, see `maxFormFields`: parts of one text. `text` of the submission is theirs, joined by line feeds. */
  fields?: readonly string[];
  /** Shown in the place of the text field; all of them fit, see `maxFormQuestions`. Any may be left out. */
  questions?: readonly FormQuestion[];
}
