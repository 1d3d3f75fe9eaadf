import { folder, oneOf, type Setting, text, wholeNumber } from "./setting.js";

/** Agents, and where they run. */
export const agentSettings = {
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
} as const satisfies Record<string, Setting>;
