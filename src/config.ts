import { z } from "zod";

/**
 * One key of the environment. The schema reads the text; its `error` names what is expected in words a person
 * understands and must not repeat the value. `default` is written as in the environment; null means unset.
 */
interface Setting {
  key: string;
  schema: z.ZodType<unknown, string>;
  meaning: string;
  unit: string;
  default: string | null;
  /** What happens while it is unset, where there is no default. */
  whenUnset?: string;
  /** The value never appears in a message. */
  secret?: true;
}

const text = (pattern: RegExp, error: string) => z.string().regex(pattern, { error });

const wholeNumber = ({ min, max }: { min: number; max: number }) => {
  const error = `a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, { error })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error });
};

const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, { error: `one of ${words.join(", ")}` });

const folder = text(/^[^\0]+$/, "the path of a folder");
const publicUrlError = "an http:// or https:// address of host and port alone, such as https://rooms.example.org";

/** Host and port of a URL and nothing behind them; `URL` also normalises case and default ports. */
function toOrigin(value: string): string | undefined {
  if (!URL.canParse(value)) return undefined;
  const url = new URL(value);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  return url.href === `${url.origin}/` ? url.origin : undefined;
}

const origin = z.string().transform((value, context) => {
  const result = toOrigin(value);
  if (result !== undefined) return result;
  context.addIssue({ code: "custom", message: publicUrlError });
  return z.NEVER;
});

/** Every key Parley reads, each declared here and nowhere else. `.env.example` is generated from it. */
export const settings = {
  host: {
    key: "PARLEY_HOST",
    schema: text(/^[A-Za-z0-9.:_-]{1,253}$/, "a host name or an IP address, such as 127.0.0.1"),
    meaning: "Address to listen on. 127.0.0.1 is reachable from this machine only.",
    unit: "host name or IP address",
    default: "127.0.0.1",
  },
  port: {
    key: "PARLEY_PORT",
    schema: wholeNumber({ min: 0, max: 65_535 }),
    meaning: "Port to listen on; 0 picks a free one.",
    unit: "port number, 0 to 65535",
    default: "4400",
  },
  dataDir: {
    key: "PARLEY_DATA_DIR",
    schema: folder,
    meaning: "Everything that must last. One process at a time; a second is refused.",
    unit: "path of a folder",
    default: ".parley",
  },
  publicUrl: {
    key: "PARLEY_PUBLIC_URL",
    schema: origin,
    meaning: "The address that links show. With https, cookies are Secure.",
    unit: "http or https address without a path",
    default: null,
    whenUnset: "the listen address",
  },
  secret: {
    key: "PARLEY_SECRET",
    schema: text(/^[^\0\r\n]{16,}$/, "at least 16 characters on one line"),
    meaning: "Key that signs tokens. Changing it makes every token invalid.",
    unit: "text of at least 16 characters",
    default: null,
    whenUnset: "made once and kept in the data folder",
    secret: true,
  },
  adminToken: {
    key: "PARLEY_ADMIN_TOKEN",
    schema: text(/^[!-~]{8,}$/, "at least 8 letters, digits or signs without spaces"),
    meaning: "Bearer token that may do in every room what its owner may.",
    unit: "text of at least 8 characters without spaces",
    default: null,
    whenUnset: "made once and kept in the data folder",
    secret: true,
  },
  demo: {
    key: "PARLEY_DEMO",
    schema: oneOf(["auto", "on", "off"]),
    meaning: "The demo room. auto: made when the data folder is new and no model key is set.",
    unit: "auto, on or off",
    default: "auto",
  },
  logLevel: {
    key: "PARLEY_LOG_LEVEL",
    schema: oneOf(["trace", "debug", "info", "warn", "error", "fatal", "silent"]),
    meaning: "How much is logged: this level and those after it.",
    unit: "trace, debug, info, warn, error, fatal or silent",
    default: "info",
  },
  nodeName: {
    key: "PARLEY_NODE_NAME",
    schema: text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "1 to 64 letters, digits, dots, dashes or underscores"),
    meaning: "Name of this process among the nodes of a fleet. Keep it over restarts.",
    unit: "1 to 64 letters, digits, dots, dashes or underscores",
    default: null,
    whenUnset: "the host name",
  },
  trustProxyHops: {
    key: "PARLEY_TRUST_PROXY_HOPS",
    schema: wholeNumber({ min: 0, max: 16 }),
    meaning: "Reverse proxies in front of Parley whose X-Forwarded-For is believed.",
    unit: "proxies, 0 to 16",
    default: "0",
  },
  turnIdleSeconds: {
    key: "PARLEY_TURN_IDLE_S",
    schema: wholeNumber({ min: 1, max: 86_400 }),
    meaning: "A turn without output for this long, not waiting for a person, times out.",
    unit: "seconds, 1 to 86400",
    default: "900",
  },
  sandbox: {
    key: "PARLEY_SANDBOX",
    schema: oneOf(["auto", "docker", "process", "none"]),
    meaning:
      "Where Claude Code agents run. auto: in containers if Docker answers. process: on this host, without walls.",
    unit: "auto, docker, process or none",
    default: "auto",
  },
  agentImage: {
    key: "PARLEY_AGENT_IMAGE",
    schema: text(/^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,199}$/, "the name of a container image"),
    meaning: "Image of the agents' containers.",
    unit: "name of an image",
    default: null,
    whenUnset: "built on this machine at first use",
  },
  agentMemoryMb: {
    key: "PARLEY_AGENT_MEMORY_MB",
    schema: wholeNumber({ min: 512, max: 262_144 }),
    meaning: "Memory of one agent's container; it cannot swap.",
    unit: "MB, 512 to 262144",
    default: "1024",
  },
  agentCpus: {
    key: "PARLEY_AGENT_CPUS",
    schema: wholeNumber({ min: 1, max: 256 }),
    meaning: "Processors one agent's container may use.",
    unit: "processors, 1 to 256",
    default: "1",
  },
  agentPids: {
    key: "PARLEY_AGENT_PIDS",
    schema: wholeNumber({ min: 64, max: 32_768 }),
    meaning: "Processes and threads in one agent's container.",
    unit: "processes, 64 to 32768",
    default: "256",
  },
  anthropicApiKey: {
    key: "ANTHROPIC_API_KEY",
    schema: text(/^[!-~]{8,}$/, "an API key without spaces"),
    meaning: "Key for the model. It stays in Parley: no agent ever sees it. With it, agents are Claude Code.",
    unit: "API key",
    default: null,
    whenUnset: "agents follow scripts",
    secret: true,
  },
  claudeCodeOauthToken: {
    key: "CLAUDE_CODE_OAUTH_TOKEN",
    schema: text(/^[!-~]{8,}$/, "a token without spaces"),
    meaning: "Instead of an API key: the token of a subscription. It stays in Parley.",
    unit: "OAuth token",
    default: null,
    whenUnset: "the API key is used",
    secret: true,
  },
  anthropicBaseUrl: {
    key: "ANTHROPIC_BASE_URL",
    schema: text(/^https?:\/\/[^\s]+$/, "an http or https address"),
    meaning: "Where the model's API is.",
    unit: "http or https address",
    default: "https://api.anthropic.com",
  },
  skillsDir: {
    key: "PARLEY_SKILLS_DIR",
    schema: folder,
    meaning: "Folder of own roles and skills, read beside those of Parley.",
    unit: "path of a folder",
    default: null,
    whenUnset: "only Parley's own",
  },
  durableStreamsUrl: {
    key: "DURABLE_STREAMS_URL",
    schema: text(/^https?:\/\/[^\s]+$/, "an http or https address"),
    meaning: "Stream server that holds the rooms, so that several processes can serve them.",
    unit: "http or https address",
    default: null,
    whenUnset: "rooms are in the data folder, and one process serves them",
  },
  redisUrl: {
    key: "REDIS_URL",
    schema: text(/^rediss?:\/\/[^\s]+$/, "a redis:// or rediss:// address"),
    meaning: "Redis for waking, counts and leases between processes. Several processes need DURABLE_STREAMS_URL too.",
    unit: "redis or rediss address",
    default: null,
    whenUnset: "one process schedules by itself",
  },
  workers: {
    key: "PARLEY_WORKERS",
    schema: wholeNumber({ min: 1, max: 256 }),
    meaning: "Readers of one kind that this process works on side by side, where Redis wakes them.",
    unit: "readers, 1 to 256",
    default: "8",
  },
} as const satisfies Record<string, Setting>;

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
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries<Setting>(settings)) {
    const given = env[setting.key]?.trim() || setting.default;
    if (given === null) continue;
    const parsed = setting.schema.safeParse(given);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(problemOf(setting, given, parsed.error.issues[0]?.message ?? setting.unit));
  }
  problems.push(...missingInFleet(values as Config));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config: values as Config };
}

/** What every process of a fleet has to be told, because none of them may make it up for itself. */
function missingInFleet({ durableStreamsUrl, secret, adminToken }: Config): string[] {
  if (durableStreamsUrl === undefined) return [];
  const why = "is unset, but with DURABLE_STREAMS_URL every process needs the same; expected";
  return [
    ...(secret === undefined ? [`${settings.secret.key} ${why} ${settings.secret.unit}.`] : []),
    ...(adminToken === undefined ? [`${settings.adminToken.key} ${why} ${settings.adminToken.unit}.`] : []),
  ];
}
