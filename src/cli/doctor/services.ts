import { reasonOf } from "../../client/http.js";
import type { Context } from "../command.js";
import type { OptionalPart } from "../surroundings.js";
import { lookAtChat } from "./chats.js";
import { type Finding, notUsed, probeTimeoutMs } from "./finding.js";
import { lookAtRedis } from "./redis.js";

/** A part that is used when its first key is set. */
interface Service {
  part: OptionalPart;
  about: string;
  /** Any of them makes it used. */
  keys: readonly string[];
  look(env: Context["env"], context: Context): Promise<Finding | Finding[]>;
}

const services: readonly Service[] = [
  {
    part: "claude-code",
    about: "model key",
    keys: ["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN"],
    look: lookAtModel,
  },
  { part: "openai", about: "OpenAI key", keys: ["OPENAI_API_KEY"], look: lookAtOpenAi },
  {
    part: "github",
    about: "GitHub App",
    keys: ["GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY", "GITHUB_APP_INSTALLATION_ID"],
    look: lookAtGitHubApp,
  },
  { part: "postgres", about: "PostgreSQL", keys: ["DATABASE_URL"], look: lookAtDatabase },
  { part: "redis", about: "Redis", keys: ["REDIS_URL"], look: checkRedis },
  {
    part: "slack",
    about: "Slack",
    keys: ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"],
    look: lookAtChat("slack", "Slack"),
  },
  { part: "discord", about: "Discord", keys: ["DISCORD_BOT_TOKEN"], look: lookAtChat("discord", "Discord") },
];

export async function checkServices(context: Context): Promise<Finding[]> {
  return (await Promise.all(services.map((service) => checkService(context, service)))).flat();
}

async function checkService(context: Context, { part, about, keys, look }: Service): Promise<Finding | Finding[]> {
  const { env, parts } = context;
  const set = keys.filter((key) => env[key]);
  if (set.length === 0) return notUsed(about, `${keys.join(" or ")} is not set`);
  if (parts.has(part)) return look(env, context);
  return {
    about,
    level: "warn",
    seen: `${set.join(", ")} is set, but this build cannot use it`,
    todo: "unset it, or use a build that can",
  };
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** The JSON answer, or the reason for its absence. */
async function ask(url: string, init: RequestInit): Promise<Answer | string> {
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(probeTimeoutMs) });
    const body: unknown = await response.json().catch(() => ({}));
    return { status: response.status, body: typeof body === "object" && body !== null ? { ...body } : {} };
  } catch (error) {
    return reasonOf(error);
  }
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, "");

async function lookAtModel(env: Context["env"]): Promise<Finding> {
  const about = "model key";
  const key = env.ANTHROPIC_API_KEY;
  if (!key) return { about, level: "ok", seen: "CLAUDE_CODE_OAUTH_TOKEN is set; it is checked when an agent starts" };
  const base = withoutSlash(env.ANTHROPIC_BASE_URL || "https://api.anthropic.com");
  const headers = { "x-api-key": key, "anthropic-version": "2023-06-01" };
  const answer = await ask(`${base}/v1/models?limit=1`, { headers });
  return findingOfKey(answer, { about, base, setting: "ANTHROPIC_API_KEY" });
}

async function lookAtOpenAi(env: Context["env"]): Promise<Finding> {
  const base = withoutSlash(env.OPENAI_BASE_URL || "https://api.openai.com/v1");
  const answer = await ask(`${base}/models`, { headers: { authorization: `Bearer ${env.OPENAI_API_KEY}` } });
  return findingOfKey(answer, { about: "OpenAI key", base, setting: "OPENAI_API_KEY" });
}

/** What the list of models says of the key it was asked with. */
function findingOfKey(
  answer: Answer | string,
  { about, base, setting }: { about: string; base: string; setting: string },
): Finding {
  if (typeof answer === "string") return unanswered(about, base, answer);
  if (answer.status === 200) return { about, level: "ok", seen: `accepted by ${base}` };
  if (answer.status === 401 || answer.status === 403) {
    return { about, level: "fail", seen: `refused by ${base}`, todo: `make a new key and set ${setting}` };
  }
  return {
    about,
    level: "warn",
    seen: `${base} cannot check it (status ${answer.status})`,
    todo: "start an agent to see whether it works",
  };
}

async function lookAtGitHubApp(env: Context["env"], { githubHealth }: Context): Promise<Finding> {
  const about = "GitHub App";
  const health = await githubHealth(env);
  if (!health) return { about, level: "off", seen: "not checked: see configuration" };
  const { ok, detail } = health;
  if (!ok) return { about, level: "fail", seen: detail ?? "it does not work", todo: "see docs/repositories.md" };
  if (detail !== undefined) return { about, level: "warn", seen: detail, todo: "see docs/repositories.md" };
  return { about, level: "ok", seen: "its key works, and it may read and write" };
}

function unanswered(about: string, url: string, why: string): Finding {
  return {
    about,
    level: "fail",
    seen: `${url} cannot be reached: ${why}`,
    todo: "check the address and this machine's internet access",
  };
}

async function lookAtDatabase(env: Context["env"], { databaseHealth }: Context): Promise<Finding> {
  const about = "PostgreSQL";
  const health = await databaseHealth(env);
  if (!health) return { about, level: "off", seen: "not checked: see configuration" };
  const { ok, detail } = health;
  if (!ok) return { about, level: "fail", seen: detail ?? "it does not work", todo: "see docs/fleet.md" };
  if (detail !== undefined) return { about, level: "warn", seen: "it can hold rooms", todo: detail };
  return { about, level: "ok", seen: "it can hold rooms, and keeps what it acknowledges" };
}

async function checkRedis(env: Context["env"]): Promise<Finding> {
  const about = "Redis";
  if (!env.DURABLE_STREAMS_URL && !env.DATABASE_URL)
    return {
      about,
      level: "warn",
      seen: "REDIS_URL is set, but one process with its own data folder needs no Redis and uses none",
      todo: "unset it, or set DATABASE_URL as well to run several processes",
    };
  const { refusal, advice } = await lookAtRedis(env.REDIS_URL ?? "");
  if (refusal !== undefined) return { about, level: "fail", seen: refusal, todo: "start it, or correct REDIS_URL" };
  if (advice !== undefined) return { about, level: "warn", seen: "it answers", todo: advice };
  return { about, level: "ok", seen: "it answers, keeps wake-ups over a restart and evicts nothing" };
}
