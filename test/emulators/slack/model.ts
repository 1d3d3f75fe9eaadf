/** State of the emulated workspace. Every record is plain JSON, so that it survives the emulator's own death. */

/** A JSON object as it travels on the wire; read with the helpers in `json.ts`. */
export type Json = Record<string, unknown>;

export interface Person {
  readonly id: string;
  /** Handle, lower case: typed after `@`. */
  readonly name: string;
  readonly displayName: string;
  readonly realName: string;
  /** One emoji in place of the picture. */
  readonly avatar: string;
  readonly isBot: boolean;
  readonly deleted: boolean;
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly kind: "public" | "private" | "im";
  readonly archived: boolean;
  readonly members: readonly string[];
  readonly topic: string;
  readonly createdAtMs: number;
}

export interface Reaction {
  readonly name: string;
  readonly users: readonly string[];
}

export interface Message {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs?: string;
  readonly subtype?: "bot_message" | "file_share" | "tombstone";
  /** Absent on an app's message with its own name. */
  readonly user?: string;
  readonly botId?: string;
  readonly username?: string;
  readonly icons?: { readonly emoji?: string; readonly image_36?: string };
  /** mrkdwn, as stored by the platform: `&`, `<` and `>` are entities, bare links are in angle brackets. */
  readonly text: string;
  readonly blocks?: readonly Json[];
  readonly metadata?: { readonly event_type: string; readonly event_payload: Json };
  readonly files: readonly string[];
  readonly reactions: readonly Reaction[];
  readonly clientMsgId?: string;
  readonly unfurlLinks?: boolean;
  readonly unfurlMedia?: boolean;
  readonly editedTs?: string;
  /** True when the app under test wrote it. */
  readonly fromApp: boolean;
  /** Further fields as Slack sends them: `attachments`, `blocks`, `files` that lie with no record. */
  readonly more?: Json;
}

/** A message only one person sees. It is not part of the history and cannot be read back by the app. */
export interface Whisper {
  readonly id: string;
  readonly channel: string;
  readonly ts: string;
  readonly threadTs?: string;
  readonly user: string;
  readonly from: "app" | "slack";
  readonly username?: string;
  readonly icons?: { readonly emoji?: string; readonly image_36?: string };
  readonly text: string;
  readonly blocks?: readonly Json[];
}

export interface FileRecord {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly mimetype: string;
  readonly bytes: number;
  readonly user: string;
  readonly contentBase64?: string;
  readonly state: "announced" | "uploaded" | "shared";
  readonly uploadToken?: string;
  /** Of another workspace: its event carries the id alone, and `files.info` tells the rest. */
  readonly isRemote?: boolean;
}

export interface ViewRecord {
  readonly id: string;
  readonly user: string;
  readonly type: "modal" | "home";
  readonly view: Json;
  readonly hash: string;
  readonly rootViewId: string;
  readonly previousViewId?: string;
  readonly open: boolean;
  /** block_id → the error shown below that field. */
  readonly errors: Readonly<Record<string, string>>;
}

export interface Trigger {
  readonly id: string;
  readonly user: string;
  readonly createdAtMs: number;
  readonly used: boolean;
  /** The view the interaction came from, when it came from one. */
  readonly viewId?: string;
}

export interface ResponseUrl {
  readonly id: string;
  readonly channel: string;
  readonly user: string;
  readonly createdAtMs: number;
  readonly uses: number;
  readonly messageTs?: string;
  readonly threadTs?: string;
  readonly whisperId?: string;
}

/** The installed app: its tokens, scopes and subscriptions. */
export interface Installation {
  readonly appId: string;
  readonly botId: string;
  readonly botUserId: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly scopes: readonly string[];
  readonly appScopes: readonly string[];
  readonly events: readonly string[];
  readonly commands: readonly string[];
  readonly revoked: readonly ("bot" | "app")[];
  /** Where HTTP mode sends everything; empty in Socket Mode. */
  readonly requestUrl: string;
}

/** Something the real platform, its limits or its manners would not have allowed. */
export interface Violation {
  readonly id: string;
  readonly rule: string;
  readonly detail: string;
  readonly atMs: number;
}

/** An event that the app has not acknowledged yet. */
export interface PendingEvent {
  readonly id: string;
  readonly payload: Json;
  readonly attempt: number;
  readonly reason?: string;
}

/** One call of a Web API method, for tests that count. */
export interface Call {
  readonly method: string;
  readonly args: Json;
  readonly atMs: number;
  readonly outcome: string;
}
