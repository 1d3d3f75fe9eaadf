import { z } from "zod";
import type { ChatSetup, NamedId, SetupFinding, SetupResult, SetupValues } from "../../src/ports/chat-setup.js";
import { askJson } from "../kit/ask-json.js";
import { type Candidate, matchNames } from "../kit/match-names.js";
import { lackingPermissions, permissionsNumber } from "./permissions.js";

const tokenKey = "DISCORD_BOT_TOKEN";
const guildKey = "DISCORD_GUILD_ID";
/** Gateway Message Content, with Discord's review and without, which the app may switch on itself (Edit Current Application). */
const contentFlags = { reviewed: 1 << 18, limited: 1 << 19 };
/** People named in one search. */
const searchLimit = 20;
const textChannel = 0;

/** Discord's side of `parley setup discord` and `parley doctor`, at `DISCORD_API_URL` of the values or at Discord's own address. */
export const discordSetup: ChatSetup = {
  appLink: "https://discord.com/developers/applications?new_application=true",
  check,
  async inviteLink(values) {
    const app = await ask(values, "GET", { path: "/applications/@me", shape: application });
    if ("problem" in app) return app;
    const query = `client_id=${app.found.id}&scope=bot+applications.commands&permissions=${permissionsNumber}`;
    return { found: `https://discord.com/oauth2/authorize?${query}` };
  },
  servers: (values) => ask(values, "GET", { path: "/users/@me/guilds", shape: z.array(named) }),
  prepare: async (values) => [await allowContent(values)],
  find: (values, { kind, name }) => (kind === "approver" ? findApprovers(values, name) : findChannels(values, name)),
  greet,
};

const named = z.object({ id: z.string(), name: z.string() });
const channel = named.extend({ type: z.number() });
const me = z.object({ id: z.string(), username: z.string() });
const application = z.object({ id: z.string(), flags: z.number().default(0) });
const guild = named.extend({ roles: z.array(named.extend({ permissions: z.string() })) });
const user = z.object({
  id: z.string(),
  username: z.string(),
  global_name: z.string().nullish(),
  bot: z.boolean().optional(),
});
const member = z.object({ user, nick: z.string().nullish() });

async function check(values: SetupValues, key?: string): Promise<SetupFinding[]> {
  const bot = await ask(values, "GET", { path: "/users/@me", shape: me });
  if ("problem" in bot) return [bot.problem];
  const app = await ask(values, "GET", { path: "/applications/@me", shape: application });
  if ("problem" in app) return [app.problem];
  const known: SetupFinding = { level: "ok", key: tokenKey, seen: `${bot.found.username} is known` };
  if (key === tokenKey) return [known];
  const findings = [...contentFindings(app.found.flags), ...(await checkServer(values, bot.found.id))];
  return findings.length > 0 ? findings : [known];
}

const reads = (flags: number): boolean => (flags & (contentFlags.reviewed | contentFlags.limited)) !== 0;

function contentFindings(flags: number): SetupFinding[] {
  if (reads(flags)) return [];
  return [
    { level: "warn", seen: "the Message Content Intent is off, so only commands and mentions are heard", todo: byHand },
  ];
}

const byHand = "switch Message Content Intent on, on the app's Bot page, and save";

async function allowContent(values: SetupValues): Promise<SetupFinding> {
  const app = await ask(values, "GET", { path: "/applications/@me", shape: application });
  if ("problem" in app) return app.problem;
  const on: SetupFinding = { level: "ok", seen: "the Message Content Intent is on" };
  if (reads(app.found.flags)) return on;
  const body = { flags: app.found.flags | contentFlags.limited };
  const changed = await ask(values, "PATCH", { path: "/applications/@me", shape: application, body });
  if ("problem" in changed || !reads(changed.found.flags)) return contentFindings(0)[0] ?? on;
  return { ...on, seen: "the Message Content Intent is switched on" };
}

/** Nothing while no server is chosen: then rooms live in every server that the app is in. */
async function checkServer(values: SetupValues, botId: string): Promise<SetupFinding[]> {
  const id = values[guildKey];
  if (!id) return [];
  const found = await ask(values, "GET", { path: `/guilds/${id}`, shape: guild });
  if ("problem" in found) return [{ ...found.problem, key: guildKey }];
  const shape = z.object({ roles: z.array(z.string()) });
  const own = await ask(values, "GET", { path: `/guilds/${id}/members/${botId}`, shape });
  if ("problem" in own) return [{ ...own.problem, key: guildKey }];
  const granted = found.found.roles
    .filter((role) => role.id === id || own.found.roles.includes(role.id))
    .reduce((sum, { permissions }) => sum | BigInt(permissions), 0n);
  const lacking = lackingPermissions(granted);
  return lacking === undefined ? [] : [{ level: "warn", ...lacking }];
}

async function findChannels(values: SetupValues, name: string): Promise<SetupResult<NamedId[]>> {
  const all = await ask(values, "GET", { path: `/guilds/${values[guildKey] ?? ""}/channels`, shape: z.array(channel) });
  if ("problem" in all) return all;
  const texts = all.found.filter(({ type }) => type === textChannel);
  return {
    found: matchNames(
      texts.map(({ id, name }) => ({ id, name, names: [name] })),
      name,
    ),
  };
}

async function findApprovers(values: SetupValues, name: string): Promise<SetupResult<NamedId[]>> {
  const id = values[guildKey] ?? "";
  const bare = name.trim().replace(/^@/, "");
  const query = `query=${encodeURIComponent(bare)}&limit=${searchLimit}`;
  const people = await ask(values, "GET", { path: `/guilds/${id}/members/search?${query}`, shape: z.array(member) });
  if ("problem" in people) return people;
  const server = await ask(values, "GET", { path: `/guilds/${id}`, shape: guild });
  if ("problem" in server) return server;
  const roles = server.found.roles.filter((role) => role.id !== id);
  return {
    found: matchNames([...people.found.flatMap(toPerson), ...roles.map(toRole)], bare),
  };
}

function toPerson({ user: { id, username, global_name, bot }, nick }: z.infer<typeof member>): Candidate[] {
  if (bot === true) return [];
  const name = nick || global_name || username;
  return [{ id, name, detail: `@${username}`, names: [username, global_name ?? undefined, nick ?? undefined] }];
}

const toRole = ({ id, name }: NamedId): Candidate => ({ id, name, detail: "a role", names: [name] });

const greeting = {
  title: "Parley is here",
  description:
    "Coding agents and people work together in threads of this channel, and what an agent may not do alone waits for a person.\nMake the first room: `/room new`",
};

async function greet(values: SetupValues, { id, name }: NamedId): Promise<SetupFinding> {
  // The same greeting within minutes is the same message: the wizard may be run again.
  const body = {
    embeds: [greeting],
    allowed_mentions: { parse: [] },
    nonce: `greet-${id}`.slice(0, 25),
    enforce_nonce: true,
  };
  const posted = await ask(values, "POST", {
    path: `/channels/${id}/messages`,
    shape: z.object({ id: z.string() }),
    body,
  });
  if ("problem" in posted) {
    const { seen, ...problem } = posted.problem;
    return { ...problem, level: "warn", seen: `no card in #${name}: ${seen}` };
  }
  return { level: "ok", seen: `a first card stands in #${name}` };
}

interface Asked<Shape extends z.ZodType> {
  path: string;
  shape: Shape;
  body?: unknown;
}

/** One call of version 10 of the API. */
async function ask<Shape extends z.ZodType>(
  values: SetupValues,
  method: "GET" | "POST" | "PATCH",
  { path, shape, body }: Asked<Shape>,
): Promise<SetupResult<z.output<Shape>>> {
  const base = (values.DISCORD_API_URL || "https://discord.com/api").replace(/\/+$/, "");
  const headers = { authorization: `Bot ${values[tokenKey] ?? ""}`, "content-type": "application/json" };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const got = await askJson(`${base}/v10${path}`, init);
  if (got.unreachable !== undefined) {
    const todo = "check the network of this machine, a proxy, and DISCORD_API_URL if it is set; then do it again";
    return { problem: { level: "fail", seen: `${base} cannot be reached: ${got.unreachable}`, todo } };
  }
  const parsed = shape.safeParse(got.body);
  if (got.status >= 200 && got.status < 300 && parsed.success) return { found: parsed.data };
  return { problem: refusal(got.status, z.looseObject({ code: z.number() }).safeParse(got.body).data?.code) };
}

function refusal(status: number, code: number | undefined): SetupFinding {
  const fail = (seen: string, todo: string): SetupFinding => ({ level: "fail", seen, todo });
  const why = code === undefined || code === 0 ? `status ${status}` : `status ${status}, code ${code}`;
  if (status === 401)
    return {
      key: tokenKey,
      ...fail(`${tokenKey} is refused (${why})`, "press Reset Token on the app's Bot page and copy the new token"),
    };
  if (status === 429) return fail("Discord asks to wait", "do it again in a minute");
  if (code === 10_004)
    return fail(`the app is not in this server (${why})`, "open the invite link and choose the server");
  if (code === 50_001) return fail(`Parley may not see this (${why})`, "give the app's role View Channel there");
  if (code === 50_013) return fail(`the app's role lacks a permission (${why})`, "give it in Server Settings, Roles");
  return fail(`Discord refused it (${why})`, "do it again; if it stays so, open the invite link once more");
}
