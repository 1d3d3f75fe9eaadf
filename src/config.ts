import type { z } from "zod";
import { agentSettings } from "./config/agent-settings.js";
import { chatSettings } from "./config/chat-settings.js";
import { fleetSettings } from "./config/fleet-settings.js";
import { limitSettings, spendingSettings } from "./config/limit-settings.js";
import { repositorySettings } from "./config/repository-settings.js";
import { serverSettings } from "./config/server-settings.js";
import type { Setting } from "./config/setting.js";

/** Every key Parley reads, each declared in one of these tables and nowhere else. `.env.example` is generated from them. */
export const settings = {
  ...serverSettings,
  ...limitSettings,
  ...spendingSettings,
  ...agentSettings,
  ...repositorySettings,
  ...chatSettings,
  ...fleetSettings,
} as const;

type Settings = typeof settings;
type Unset<S extends Setting> = S["default"] extends string ? never : undefined;

/** The settings of one process, by name. Undefined: unset and without a default; `whenUnset` says what then holds. */
export type Config = { readonly [Name in keyof Settings]: z.output<Settings[Name]["schema"]> | Unset<Settings[Name]> };

export type ConfigResult = { ok: true; config: Config } | { ok: false; problems: string[] };

const maxShownLength = 80;

/** The value as a person typed it, on one line, without the password of an address. */
function shown(value: string): string {
  const safe = value.replace(/\/\/[^/@]*@/g, "//…@");
  return JSON.stringify(safe.length > maxShownLength ? `${safe.slice(0, maxShownLength)}…` : safe);
}

function problemOf(setting: Setting, given: string, expected: string): string {
  const what = setting.secret ? "has a value that cannot be used (not shown here)" : `is ${shown(given)}`;
  return `${setting.key} ${what}; expected ${expected}.`;
}

/**
 * Reads the environment. An empty value counts as unset; keys that are not in the table are passed over, for other
 * programs share the environment. All problems are returned at once, one sentence a key; none shows a secret.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): ConfigResult {
  const { values, problems } = readValues(env, settings);
  const config = values as Config;
  if (problems.length === 0) problems.push(...incomplete(config), ...missingInFleet(config));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config };
}

/** Where a log outside the data folder is: its settings alone, whatever else is set. */
export type LogConfig = Pick<
  Config,
  "databaseUrl" | "databaseSchema" | "durableStreamsUrl" | "durableStreamsToken" | "durableStreamsPrefix"
>;

/** As `parseConfig`, for a command that opens two logs: both may be set, and what a server needs beside them may be missing. */
export function parseLogConfig(
  env: Readonly<Record<string, string | undefined>>,
): { ok: true; config: LogConfig } | { ok: false; problems: string[] } {
  const { databaseUrl, databaseSchema, durableStreamsUrl, durableStreamsToken, durableStreamsPrefix } = settings;
  const table = { databaseUrl, databaseSchema, durableStreamsUrl, durableStreamsToken, durableStreamsPrefix };
  const { values, problems } = readValues(env, table);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config: values as LogConfig };
}

function readValues(env: Readonly<Record<string, string | undefined>>, table: Readonly<Record<string, Setting>>) {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(table)) {
    const given = env[setting.key]?.trim() || setting.default;
    if (given === null) continue;
    const parsed = setting.schema.safeParse(given);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(problemOf(setting, given, parsed.error.issues[0]?.message ?? setting.unit));
  }
  return { values, problems };
}

/** Settings that only work together. */
function incomplete(config: Config): string[] {
  return [...incompleteSlack(config), ...incompleteGitHubApp(config), ...twoLogs(config)];
}

function twoLogs({ databaseUrl, durableStreamsUrl }: Config): string[] {
  if (databaseUrl === undefined || durableStreamsUrl === undefined) return [];
  return ["DATABASE_URL and DURABLE_STREAMS_URL are both set, but rooms are in one place; unset one of them."];
}

/** Whether several processes may serve the same rooms, because these are in no data folder. */
export function isFleet({ databaseUrl, durableStreamsUrl }: Config): boolean {
  return databaseUrl !== undefined || durableStreamsUrl !== undefined;
}

function incompleteGitHubApp(config: Config): string[] {
  const names = ["githubAppId", "githubAppPrivateKey", "githubAppInstallationId"] as const;
  const keysWhere = (isSet: boolean) =>
    names.filter((name) => (config[name] !== undefined) === isSet).map((name) => settings[name].key);
  const missing = keysWhere(false);
  if (missing.length === 0 || missing.length === names.length) return [];
  return [`${missing.join(" and ")} missing; a GitHub App needs all three, or unset ${keysWhere(true).join(" and ")}.`];
}

function incompleteSlack({ slackBotToken, slackAppToken, slackSigningSecret }: Config): string[] {
  if (slackBotToken !== undefined && slackAppToken === undefined && slackSigningSecret === undefined)
    return ["SLACK_BOT_TOKEN is set alone; set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) as well."];
  if (slackBotToken === undefined && (slackAppToken ?? slackSigningSecret) !== undefined)
    return ["SLACK_BOT_TOKEN is missing; set it, or unset SLACK_APP_TOKEN and SLACK_SIGNING_SECRET."];
  return [];
}

/**
 * Settings that every process of a fleet needs, because none of them may be generated. Every card links to the room from
 * any process, and a worker has no address of its own: Discord refuses a card whose link leads nowhere.
 */
function missingInFleet(config: Config): string[] {
  if (!isFleet(config)) return [];
  const log = settings[config.databaseUrl === undefined ? "durableStreamsUrl" : "databaseUrl"].key;
  const showsThreads = config.slackBotToken !== undefined || config.discordBotToken !== undefined;
  const needed = ["secret", "adminToken", ...(showsThreads ? (["publicUrl"] as const) : [])] as const;
  return needed
    .filter((name) => config[name] === undefined)
    .map((name) => {
      const { key, unit } = settings[name];
      const who = name === "publicUrl" ? "every process that shows chat threads" : "every process";
      return `${key} is unset, but with ${log} ${who} needs the same; expected ${unit}.`;
    });
}
