import { asObject, asObjects, asText } from "./json.js";
import type { Json } from "./model.js";
import { allScopes } from "./settings.js";
import type { Workspace } from "./workspace.js";

/** Slack's pages for makers of apps, as far as a new app needs them. Each call is one thing a person does there by hand. */
export interface Portal {
  /** Opens a link to the page for a new app, chooses the workspace, and presses Next and Create. Throws for what the page would refuse. */
  createApp(link: string): void;
  /** App-Level Tokens: Generate Token and Scopes. Returns the token to copy. */
  generateAppToken(scopes: readonly string[]): string;
  /** Install App: Install to Workspace, which leads to a page that asks for consent. */
  install(): void;
  /** Allow. Returns the bot token to copy. */
  allow(): string;
}

/** Limits of an app manifest (https://api.slack.com/reference/manifests). */
const limits = { name: 35, description: 140, commandDescription: 2_000, usageHint: 1_000, events: 100 };
/** The scope that an event needs. */
const scopeOfEvent: Readonly<Record<string, string>> = {
  "message.channels": "channels:history",
  "message.groups": "groups:history",
  "message.im": "im:history",
  user_change: "users:read",
};

/** Empties the workspace of the app: it is not made yet, has no tokens and is in no channel. */
export function openPortal(workspace: Workspace): Portal {
  const { botUserId, botToken, appToken } = workspace.app();
  workspace.changeApp({ revoked: ["bot", "app"], scopes: [], appScopes: [], events: [], commands: [] });
  for (const channel of workspace.channels.values()) {
    const members = channel.members.filter((member) => member !== botUserId);
    workspace.channels.put(channel.id, { ...channel, members });
  }
  let wanted: Json | undefined;
  let isAsked = false;
  const valid = (kind: "bot" | "app"): void =>
    workspace.changeApp({ revoked: workspace.app().revoked.filter((other) => other !== kind) });

  return {
    createApp(link) {
      wanted = manifestOf(link);
      const commands = asObjects(asObject(wanted.features).slash_commands).map(({ command }) => asText(command));
      const events = asObject(asObject(wanted.settings).event_subscriptions).bot_events;
      workspace.changeApp({ commands, events: events as string[] });
    },
    generateAppToken(scopes) {
      if (wanted === undefined) throw new Error("there is no app yet");
      workspace.changeApp({ appScopes: scopes });
      valid("app");
      return appToken;
    },
    install() {
      if (wanted === undefined) throw new Error("there is no app yet");
      isAsked = true;
    },
    allow() {
      if (!isAsked || wanted === undefined) throw new Error("nothing asks for consent");
      workspace.changeApp({ scopes: scopesOf(wanted) });
      valid("bot");
      return botToken;
    },
  };
}

const scopesOf = (manifest: Json): string[] => asObject(asObject(manifest.oauth_config).scopes).bot as string[];

/** The manifest in the link. Throws where Slack's page would not show a filled-in dialog, or its Create would fail. */
function manifestOf(link: string): Json {
  const url = new URL(link);
  if (url.origin !== "https://api.slack.com" || url.pathname !== "/apps") throw new Error(`no page at ${url.href}`);
  if (url.searchParams.get("new_app") !== "1") throw new Error("the link does not open the dialog");
  const manifest = asObject(JSON.parse(url.searchParams.get("manifest_json") ?? ""));
  const { name, description } = asObject(manifest.display_information);
  const inLimits = (text: unknown, max: number) => asText(text) !== "" && asText(text).length <= max;
  if (!inLimits(name, limits.name) || !inLimits(description, limits.description))
    throw new Error("invalid_manifest: name");
  for (const one of asObjects(asObject(manifest.features).slash_commands)) {
    const { command, description: says, usage_hint } = one;
    if (!/^\/[a-z0-9_-]{1,31}$/.test(asText(command))) throw new Error("invalid_manifest: command");
    if (!inLimits(says, limits.commandDescription) || !inLimits(usage_hint, limits.usageHint))
      throw new Error("invalid_manifest: texts of the command");
  }
  const scopes = scopesOf(manifest);
  const unknown = scopes.filter((scope) => !allScopes.includes(scope));
  if (unknown.length > 0) throw new Error(`invalid_manifest: scopes ${unknown.join(", ")}`);
  const { event_subscriptions, interactivity, socket_mode_enabled } = asObject(manifest.settings);
  const events = asObject(event_subscriptions).bot_events;
  if (!Array.isArray(events) || events.length > limits.events) throw new Error("invalid_manifest: bot_events");
  const without = events.filter((event) => scopeOfEvent[event] !== undefined && !scopes.includes(scopeOfEvent[event]));
  if (without.length > 0) throw new Error(`invalid_manifest: no scope for ${without.join(", ")}`);
  if (asObject(interactivity).is_enabled !== true || socket_mode_enabled !== true)
    throw new Error("the app needs interactivity and Socket Mode");
  return manifest;
}
