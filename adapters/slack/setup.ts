import { z } from "zod";
import type { ChatSetup, NamedId, SetupFinding, SetupResult, SetupValues } from "../../src/ports/chat-setup.js";
import { askJson } from "../kit/ask-json.js";
import { type Candidate, matchNames } from "../kit/match-names.js";
import { appLink } from "./manifest.js";
import { lackingScopes } from "./scopes.js";

const botKey = "SLACK_BOT_TOKEN";
const appKey = "SLACK_APP_TOKEN";
/** Items of a list that are asked for at once, as Slack recommends; 999 is its limit for channels. */
const pageSize = 200;
/** Pages of a list that are read: 4,000 people or channels. Slack lets 20 calls a minute through. */
const maxPages = 20;
/** Errors that are about the token itself. */
const tokenErrors = [
  "invalid_auth",
  "not_authed",
  "account_inactive",
  "token_revoked",
  "token_expired",
  "not_allowed_token_type",
];

const answer = z.looseObject({ ok: z.boolean(), error: z.string().optional(), needed: z.string().optional() });
type Answer = z.infer<typeof answer>;

/** Slack's side of `parley setup slack` and `parley doctor`, at `SLACK_API_URL` of the values or at Slack's own address. */
export const slackSetup: ChatSetup = {
  appLink,
  check,
  async find(values, { kind, name }) {
    const args = { exclude_archived: "true", types: "public_channel" };
    const all =
      kind === "approver"
        ? await listOf(values, { method: "users.list", field: "members", read: toPerson })
        : await listOf(values, { method: "conversations.list", field: "channels", args, read: toChannel });
    return "problem" in all ? all : { found: matchNames(all.found, name) };
  },
  greet,
};

async function check(values: SetupValues, key?: string): Promise<SetupFinding[]> {
  if (key === appKey) return [await checkAppToken(values)];
  if (key === botKey) return checkBotToken(values);
  if (!values[botKey])
    return [{ level: "fail", key: botKey, seen: `${botKey} is missing`, todo: "run parley setup slack, or set it" }];
  if (!values[appKey] && !values.SLACK_SIGNING_SECRET) {
    const todo = "set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)";
    return [{ level: "fail", seen: "no way in", todo }];
  }
  const bot = await checkBotToken(values);
  if (bot.some(({ level }) => level === "fail") || !values[appKey]) return bot;
  const app = await checkAppToken(values);
  return app.level === "ok" ? bot : [...bot.filter(({ level }) => level !== "ok"), app];
}

async function checkBotToken(values: SetupValues): Promise<SetupFinding[]> {
  const token = values[botKey] ?? "";
  const todo = "copy the Bot User OAuth Token, which begins with xoxb-, from OAuth & Permissions";
  if (token.startsWith("xapp-"))
    return [{ level: "fail", key: botKey, seen: "this is the app-level token, not the bot's", todo }];
  const bot = await call(values, "auth.test");
  if ("problem" in bot) return [bot.problem];
  const { user, team } = bot.found.body;
  const lacking = bot.found.scopes === undefined ? undefined : lackingScopes(bot.found.scopes);
  const way = values[appKey] || !values.SLACK_SIGNING_SECRET ? "Socket Mode" : "HTTP";
  const signedIn: SetupFinding = { level: "ok", key: botKey, seen: `${text(user)} in ${text(team)}, by ${way}` };
  if (lacking === undefined) return [signedIn];
  const level = bot.found.scopes?.includes("chat:write") === true ? "warn" : "fail";
  return [{ level, key: botKey, ...lacking }];
}

async function checkAppToken(values: SetupValues): Promise<SetupFinding> {
  if (values[appKey]?.startsWith("xoxb-")) {
    const todo = "copy the app-level token, which begins with xapp-, from Basic Information";
    return { level: "fail", key: appKey, seen: "this is the bot token, not the app-level one", todo };
  }
  const opened = await call(values, "apps.connections.open", { key: appKey });
  if ("problem" in opened) return opened.problem;
  return { level: "ok", key: appKey, seen: "Slack opens web sockets for it" };
}

interface CallOptions {
  /** The token to use; default the bot's. */
  key?: typeof botKey | typeof appKey;
  args?: Readonly<Record<string, string>>;
}

/** One call with its scopes, if Slack told them. */
async function call(
  values: SetupValues,
  method: string,
  { key = botKey, args = {} }: CallOptions = {},
): Promise<SetupResult<{ body: Answer; scopes: string[] | undefined }>> {
  const base = (values.SLACK_API_URL || "https://slack.com/api").replace(/\/+$/, "");
  const headers = { authorization: `Bearer ${values[key] ?? ""}` };
  const got = await askJson(`${base}/${method}`, { method: "POST", headers, body: new URLSearchParams(args) });
  const todo = "check the network of this machine, a proxy, and SLACK_API_URL if it is set; then do it again";
  const fail = (seen: string, next = todo) => ({ problem: { level: "fail" as const, key, seen, todo: next } });
  if (got.unreachable !== undefined) return fail(`${base} cannot be reached: ${got.unreachable}`);
  if (got.status === 429) return fail("Slack asks to wait", "do it again in a minute");
  const { success, data } = answer.safeParse(got.body);
  if (!success) return fail(`what answers at ${base} is not Slack (HTTP ${got.status})`);
  if (!data.ok) return { problem: refusal(key, data) };
  const scopes = got.headers.get("x-oauth-scopes")?.split(/,\s*/).filter(Boolean);
  return { found: { body: data, scopes } };
}

const switchOn = "switch Socket Mode on under Settings, Socket Mode";

function refusal(key: string, { error = "no reason given", needed }: Answer): SetupFinding {
  const fail = (seen: string, todo: string): SetupFinding => ({ level: "fail", key, seen, todo });
  if (error === "missing_scope" && key === appKey)
    return fail("the token lacks the scope connections:write", "generate another under App-Level Tokens, with it");
  if (error === "missing_scope")
    return fail(`the app lacks the scope ${needed}`, "add it under OAuth & Permissions and reinstall the app");
  if (key === appKey && /socket_mode/.test(error)) return fail("Socket Mode is off", switchOn);
  if (!tokenErrors.includes(error))
    return fail(`Slack refuses it: ${error}`, "do it again; docs.slack.dev says what it means");
  const [begin, page] =
    key === appKey ? ["xapp-", "Basic Information, App-Level Tokens"] : ["xoxb-", "OAuth & Permissions"];
  const todo = `copy the token again: it begins with ${begin} and stands under ${page}; the app must be installed`;
  return fail(`${key} is refused: ${error}`, todo);
}

interface ListOptions {
  method: string;
  field: string;
  args?: Readonly<Record<string, string>>;
  read: (item: unknown) => Candidate | undefined;
}

/** Every item of a list that comes in pages. */
async function listOf(
  values: SetupValues,
  { method, field, args, read }: ListOptions,
): Promise<SetupResult<Candidate[]>> {
  const all: Candidate[] = [];
  let cursor = "";
  for (let at = 0; at < maxPages; at += 1) {
    const got = await call(values, method, { args: { ...args, limit: String(pageSize), ...(cursor && { cursor }) } });
    if ("problem" in got) return got;
    const items = got.found.body[field];
    if (Array.isArray(items)) all.push(...items.flatMap((item) => read(item) ?? []));
    cursor = paged.safeParse(got.found.body).data?.response_metadata.next_cursor ?? "";
    if (cursor === "") break;
  }
  return { found: all };
}

const paged = z.looseObject({ response_metadata: z.looseObject({ next_cursor: z.string() }) });

const member = z.looseObject({
  id: z.string(),
  name: z.string(),
  real_name: z.string().optional(),
  deleted: z.boolean().optional(),
  is_bot: z.boolean().optional(),
  profile: z.looseObject({ display_name: z.string().optional(), real_name: z.string().optional() }).optional(),
});

function toPerson(item: unknown): Candidate | undefined {
  const { data } = member.safeParse(item);
  if (data === undefined || data.deleted === true || data.is_bot === true || data.id === "USLACKBOT") return undefined;
  const { id, name, profile } = data;
  const realName = profile?.real_name || data.real_name;
  return {
    id,
    name: profile?.display_name || realName || name,
    detail: `@${name}`,
    names: [name, profile?.display_name, realName],
  };
}

const channel = z.looseObject({ id: z.string(), name: z.string() });

function toChannel(item: unknown): Candidate | undefined {
  const { data } = channel.safeParse(item);
  return data && { id: data.id, name: data.name, names: [data.name] };
}

const greeting =
  "*Parley is here.* Coding agents and people work together in threads of this channel, and what an agent may not do alone waits for a person.\nMake the first room: `/room new fix-login with coder, reviewer`";

async function greet(values: SetupValues, { id, name }: NamedId): Promise<SetupFinding> {
  const joined = await call(values, "conversations.join", { args: { channel: id } });
  if ("problem" in joined) {
    const todo = `type /invite @Parley in #${name}; ${joined.problem.todo ?? ""}`.replace(/; $/, "");
    return { level: "warn", seen: `Parley could not join #${name}: ${joined.problem.seen}`, todo };
  }
  const blocks = JSON.stringify([{ type: "section", text: { type: "mrkdwn", text: greeting } }]);
  const args = { channel: id, text: greeting, blocks, unfurl_links: "false", unfurl_media: "false" };
  const posted = await call(values, "chat.postMessage", { args });
  if ("problem" in posted)
    return { ...posted.problem, level: "warn", seen: `no card in #${name}: ${posted.problem.seen}` };
  return { level: "ok", seen: `a first card stands in #${name}` };
}

const text = (value: unknown): string => (typeof value === "string" && value !== "" ? value : "the app");
