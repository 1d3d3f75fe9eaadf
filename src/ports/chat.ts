import type { Health } from "./health.js";

/** A chat platform: threads that mirror rooms, and a door for people. */
export interface Chat {
  /** What the platform can do; runtime branches on these, never on a name. */
  readonly supports: ChatSupports;
  /** Connects and delivers what people do, until `stop`. MUST NOT deliver Parley's own posts. MUST NOT throw when the platform is away: it keeps trying and says so in `check`. */
  start(deliver: (inbound: Inbound) => Promise<Reply>): Promise<{ mounts: readonly HttpMount[] }>;
  /** Posts once; SDK retries are off. Rejects with a `ChatError` that says whether the outcome is known. */
  post(target: ChatTarget, post: ChatPost, key: string): Promise<string[]>;
  edit(ids: readonly string[], target: ChatTarget, post: ChatPost): Promise<void>;
  /** Ids of the post with this key, if the platform has it. */
  find(target: ChatTarget, key: string, sinceMs: number): Promise<string[] | undefined>;
  /** What people wrote in the thread after the platform's id `after`, oldest first. */
  history(target: ChatTarget, after: string | undefined): Promise<Inbound[]>;
  stop(): Promise<void>;
  check(): Promise<Health>;
}

export interface ChatSupports {
  /** Post under another name and picture. */
  identities: boolean;
  /** Slash commands inside threads. */
  commandsInThreads: boolean;
  /** Bytes/characters of one post before it is split. */
  maxPostChars: number;
  /** Characters a modal's text field takes. */
  maxModalChars: number;
}

export interface ChatTarget {
  platform: string;
  channel: string;
  /** Absent: a new thread's root is posted in the channel. */
  thread?: string;
}

/** What to show. Adapters render it; the text is data, never markup of the platform. */
export type ChatPost =
  | { kind: "root"; card: RootCard }
  | { kind: "message"; from: ChatIdentity; to: readonly string[] | "room"; text: string }
  | { kind: "line"; text: string }
  | { kind: "working"; text: string }
  | { kind: "gate"; gate: GateCard };

export interface ChatIdentity {
  name: string;
  displayName: string;
  role: string;
  kind: "agent" | "human";
}

export interface RootCard {
  roomId: string;
  name: string;
  state: "active" | "paused" | "closed";
  participants: readonly { name: string; displayName: string; role: string; kind: "agent" | "human"; status: string }[];
  usd: number;
  url?: string;
}

export interface GateCard {
  roomId: string;
  gateId: string;
  hash: string;
  kind: "message" | "question" | "tool" | "continue";
  from: string;
  to?: readonly string[] | "room";
  why: string;
  body: string;
  options?: readonly { label: string; description?: string }[];
  /** Set once decided: the card then has no buttons. */
  resolved?: { outcome: string; by: string; atMs: number };
  /** Where it can be decided when it does not fit. */
  url?: string;
}

/** One thing a person did, with the platform's own id for it so that it counts once. */
export interface Inbound {
  platform: string;
  id: string;
  atMs: number;
  user: { id: string; displayName: string };
  channel: string;
  thread?: string;
  action:
    | { kind: "command"; text: string }
    | {
        kind: "message";
        text: string;
        mentionsParley: boolean;
        startsWithOtherUser: boolean;
        files: readonly { name: string; url: string; bytes: number }[];
      }
    | { kind: "correction"; of: string; text: string }
    | {
        kind: "decide";
        roomId: string;
        gateId: string;
        hash: string;
        action: string;
        body?: string;
        reason?: string;
        answers?: Record<string, string>;
      }
    | { kind: "button"; roomId: string; verb: string };
}

/** Shown to that person alone, unless `public`. */
export type Reply =
  | { kind: "none" }
  | { kind: "text"; text: string; public?: boolean }
  | { kind: "editor"; gate: GateCard };

export interface HttpMount {
  path: string;
  /** Maximum body the mount takes, bytes. */
  maxBytes: number;
  handle(request: Request): Promise<Response>;
}
