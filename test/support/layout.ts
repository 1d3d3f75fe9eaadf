/** One place of the layout and what may be imported there, besides its own files. */
export interface Place {
  name: string;
  /** Path prefix, or the path of one file. The longest that fits decides. */
  at: string;
  /** Names of the places it may import from. */
  places: readonly string[];
  /** Names of further places of which it may import types, and nothing that is left after compilation. */
  typePlaces?: readonly string[];
  /** Packages: `zod` with its subpaths, `@hono/*`, `node:*`. */
  packages: readonly string[];
  /** Only imports that the compiler erases. */
  typesOnly?: true;
  /** It may import a file by a path that is known late, and no other name that is computed. */
  loadsFiles?: true;
}

/** The ONE vendor of each adapter. A new adapter is a new row. */
const vendors: Readonly<Record<string, readonly string[]>> = {
  memory: [],
  mcp: ["@modelcontextprotocol/server"],
  lmdb: ["lmdb"],
  "durable-streams": ["@durable-streams/*", "undici", "lmdb"],
  postgres: ["pg"],
  "fleet-http": ["undici"],
  redis: ["bullmq", "ioredis"],
  docker: ["dockerode"],
  files: [],
  process: [],
  "claude-code": ["@anthropic-ai/claude-agent-sdk"],
  acp: ["@agentclientprotocol/sdk"],
  anthropic: [],
  openai: [],
  "git-http": [],
  github: [],
  egress: [],
  scripted: [],
  slack: ["@slack/*"],
  discord: ["discord.js", "@discordjs/*"],
  kit: [],
  web: ["preact", "hono/jsx", "esbuild"],
};

const adapters: Place[] = Object.entries(vendors).map(([name, packages]) => ({
  name: `adapters/${name}`,
  at: `adapters/${name}/`,
  places: ["core", "ports", "adapters/kit"],
  packages: ["node:*", "zod", ...packages],
}));

/** The SDK of Claude Code is loaded from a folder of downloads where the installation has none. */
const sdkLoader: Place = {
  name: "adapters/claude-code",
  at: "adapters/claude-code/agent-sdk.ts",
  places: ["adapters/kit"],
  packages: ["node:*", "@anthropic-ai/claude-agent-sdk"],
  loadsFiles: true,
};

/**
 * The wings of the runtime and their walls: each names the wings it may see, besides core and ports. Siblings never see each other.
 */
const wings: Readonly<Record<string, readonly string[]>> = {
  access: [],
  rooms: ["access"],
  presence: ["rooms"],
  roles: [],
  agents: ["rooms", "presence", "roles"],
  viewers: ["rooms", "presence"],
  // Agents that run outside Parley: their turns are those of any agent, without a process that runs them.
  external: ["rooms", "presence", "agents"],
  // A sandbox's rights come from a key of its own, which access derives.
  sandbox: ["rooms", "access"],
  chat: ["rooms", "presence", "access"],
  node: ["access", "rooms", "presence", "roles", "agents", "viewers", "sandbox", "chat", "external"],
};

/** Packages of single wings, beside Node's own. */
const wingPackages: Readonly<Record<string, readonly string[]>> = { access: ["any-ascii"], roles: ["yaml"] };

const wing = (name: string) => `runtime/${name}`;

const runtime: Place[] = Object.entries(wings).map(([name, seen]) => ({
  name: wing(name),
  at: `src/runtime/${name}/`,
  places: ["core", "ports", ...seen.map(wing)],
  packages: ["node:*", ...(wingPackages[name] ?? [])],
}));

const everyPlace = [
  "core",
  "protocol",
  "ports",
  "http",
  "client",
  "cli",
  "config",
  ...[...runtime, ...adapters].map((place) => place.name),
];

export const layout: readonly Place[] = [
  { name: "core", at: "src/core/", places: [], packages: ["zod"] },
  { name: "protocol", at: "src/protocol/", places: ["core"], packages: ["zod"] },
  { name: "ports", at: "src/ports/", places: ["core"], packages: ["node:*"], typesOnly: true },
  ...runtime,
  {
    name: "http",
    at: "src/http/",
    places: ["core", "protocol", "ports", ...["access", "rooms", "viewers", "external"].map(wing)],
    packages: ["hono", "@hono/*", "zod", "prom-client", "node:*"],
  },
  // The client others may use: whatever runs fetch.
  { name: "client", at: "src/client/", places: ["core", "protocol"], packages: [] },
  { name: "cli", at: "src/cli/", places: ["core", "protocol", "client", "ports"], packages: ["node:*", "zod"] },
  { name: "config", at: "src/config.ts", places: [], packages: ["zod"] },
  // Whether a key can be used, only its reader knows.
  { name: "config", at: "src/config/", places: [], packages: ["zod", "node:crypto"] },
  { name: "main", at: "src/main.ts", places: [...everyPlace, "main/parts", "main/assemble"], packages: ["*"] },
  { name: "main/parts", at: "src/main/", places: [...everyPlace, "main/assemble"], packages: ["node:*", "pino"] },
  // It wires parts chosen by others, so it knows neither adapters nor settings of the environment.
  ...["src/main/assemble.ts", "src/main/assemble/"].map((at) => ({
    name: "main/assemble",
    at,
    places: ["core", "ports", "http", ...runtime.map((place) => place.name)],
    packages: ["node:*"],
  })),
  ...adapters,
  sdkLoader,
  // The page runs in a browser: no Node, of Parley only the core, and the shapes on the wire without their schemas.
  {
    name: "adapters/web/client",
    at: "adapters/web/client/",
    places: ["core"],
    typePlaces: ["protocol"],
    packages: ["preact", "@preact/*", "hono/jsx", "diff", "lowlight", "marked", "uqr"],
  },
];

/** Names that would make the core depend on time, place or order. Comments count: use another word. */
export const impure: readonly RegExp[] = [
  /\bDate\.now\b/,
  /\bMath\.random\b/,
  /\bnew Date\(\s*\)/,
  /\bset(Timeout|Interval|Immediate)\b/,
  /\bqueueMicrotask\b/,
  /\bperformance\.now\b/,
  /\basync\b/,
  /\brandomUUID\b/,
  /\bgetRandomValues\b/,
];

export const maxLines = 300;
