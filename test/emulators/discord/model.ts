import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

// biome-ignore lint/suspicious/noExplicitAny: bodies of the wire, checked where they are used.
export type Json = any;

export interface User {
  id: string;
  username: string;
  global_name: string | null;
  bot: boolean;
}

export interface Channel {
  id: string;
  /** 0 text, 1 direct, 11 public thread. */
  type: 0 | 1 | 11;
  permission_overwrites?: Json[];
  guild_id?: string;
  name: string;
  parent_id?: string;
  owner_id?: string;
  recipient?: string;
  thread_metadata?: { archived: boolean; locked: boolean; auto_archive_duration: number; opened_at?: string };
}

export interface Message {
  id: string;
  type: number;
  channel_id: string;
  author: User;
  webhook_id?: string;
  content: string;
  embeds: Json[];
  components: Json[];
  attachments: { id: string; filename: string; size: number; url: string; content: string }[];
  flags: number;
  timestamp: string;
  edited_timestamp: string | null;
  mentions: string[];
  pings: string[];
  unfurls: string[];
  nonce?: string;
  nonceUntilMs?: number;
  /** The picture a webhook asked for. */
  avatar_url?: string;
  /** Further fields as Discord sends them: forwards, replies, stickers, polls. */
  more?: Json;
}

export interface Webhook {
  id: string;
  token: string;
  name: string;
  channel_id: string;
  application_id: string;
}

export interface Violation {
  rule: string;
  detail: string;
}

export const epochMs = 1_420_070_400_000;
export const guildId = "700000000000000001";
export const applicationId = "800000000000000001";
export const botId = "800000000000000001";
export const token = "emulated.discord.token";

/** Permissions of the bot in every channel, by bit. */
export const permissionBits = {
  viewChannel: 1n << 10n,
  sendMessages: 1n << 11n,
  manageMessages: 1n << 13n,
  embedLinks: 1n << 14n,
  attachFiles: 1n << 15n,
  readMessageHistory: 1n << 16n,
  manageWebhooks: 1n << 29n,
  manageThreads: 1n << 34n,
  createPublicThreads: 1n << 35n,
  sendMessagesInThreads: 1n << 38n,
} as const;

export interface State {
  users: Record<string, User>;
  roles: Record<string, string[]>;
  /** Names of roles by id. */
  roleNames?: Record<string, string>;
  channels: Record<string, Channel>;
  messages: Record<string, Message[]>;
  webhooks: Record<string, Webhook>;
  commands: Json[];
  permissions: string;
  tokenIsValid: boolean;
  mayReadContent: boolean;
  /** False: the app was thrown out of the server. */
  botIsMember: boolean;
  /** Ids of other apps, by name. */
  foreignBots?: Record<string, string>;
  /** Channels that the app may not see. */
  hidden?: string[];
  counter: number;
  violations: Violation[];
}

/** Discord's state; written before an answer leaves if there is a file. */
export interface Store {
  readonly state: State;
  snowflake(): string;
  save(): void;
  /** Called after each change; returns a function that stops listening. */
  onChange(listener: () => void): () => void;
  freeze(): void;
  violate(rule: string, detail: string): void;
}

export function createStore(nowMs: () => number, statePath?: string): Store {
  const known = statePath !== undefined && existsSync(statePath);
  const state: State = known ? JSON.parse(readFileSync(statePath, "utf8")) : seed();
  const listeners = new Set<() => void>();
  let isFrozen = false;
  function save(): void {
    for (const listener of listeners) listener();
    if (statePath === undefined || isFrozen) return;
    writeFileSync(`${statePath}.next`, JSON.stringify(state));
    renameSync(`${statePath}.next`, statePath);
  }

  return {
    state,
    snowflake() {
      state.counter = (state.counter + 1) % 4_096;
      return String(((BigInt(Math.floor(nowMs())) - BigInt(epochMs)) << 22n) + BigInt(state.counter));
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    save,
    freeze() {
      isFrozen = true;
    },
    violate(rule, detail) {
      state.violations.push({ rule, detail });
      save();
    },
  };
}

export const allPermissions = Object.values(permissionBits).reduce((sum, bit) => sum | bit, 0n);

function seed(): State {
  const channel = (id: string, name: string): Channel => ({ id, name, type: 0, guild_id: guildId });
  const user = (id: string, username: string, isBot = false): User => ({
    id,
    username: username.toLowerCase(),
    global_name: username,
    bot: isBot,
  });
  return {
    users: {
      [botId]: user(botId, "Parley", true),
      "600000000000000001": user("600000000000000001", "Mia"),
      "600000000000000002": user("600000000000000002", "Bob"),
      "600000000000000003": user("600000000000000003", "Eve"),
    },
    roles: {},
    channels: {
      "500000000000000001": channel("500000000000000001", "general"),
      "500000000000000002": channel("500000000000000002", "builds"),
    },
    messages: {},
    webhooks: {},
    commands: [],
    permissions: String(allPermissions),
    tokenIsValid: true,
    mayReadContent: true,
    botIsMember: true,
    counter: 0,
    violations: [],
  };
}

/** An answer of Discord's that is an error: HTTP status, its own code, its words. */
export class DiscordError extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly errors?: Json,
  ) {
    super(message);
  }
}

export const formBody = (path: string, message: string): DiscordError =>
  new DiscordError(400, 50035, "Invalid Form Body", { [path]: { _errors: [{ code: "BASE_TYPE", message }] } });
