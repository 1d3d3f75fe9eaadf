import { join } from "node:path";
import { builtInPrices } from "../../adapters/anthropic/built-in-prices.js";
import type { PriceTable } from "../../adapters/anthropic/prices.js";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../adapters/docker/image/claude-code-release.js";
import { FetchError } from "../../adapters/docker/image/fetch-claude-code.js";
import { createEgress } from "../../adapters/egress/egress.js";
import { createProcessSandboxes } from "../../adapters/process/sandboxes.js";
import { createScriptedAgents } from "../../adapters/scripted/agents.js";
import type { Config } from "../config.js";
import type { PlaceFiles } from "../ports/agent-files.js";
import type { Agents } from "../ports/agents.js";
import type { Blobs } from "../ports/blobs.js";
import type { Clock } from "../ports/clock.js";
import type { EgressEnd } from "../ports/egress.js";
import type { Health } from "../ports/health.js";
import type { Logger } from "../ports/logger.js";
import { PortError } from "../ports/port-error.js";
import type { Sandboxes } from "../ports/sandboxes.js";
import { sha256 } from "../runtime/node/runtime.js";
import { ownSkillsFolder, placeOwnSkills } from "../runtime/roles/own-skills.js";
import type { RoleCatalogue } from "../runtime/roles/roles.js";
import type { RoomService } from "../runtime/rooms/service.js";
import { createAgentSockets } from "../runtime/sandbox/agent-sockets.js";
import { createEgressAccess } from "../runtime/sandbox/egress-access.js";
import { createAgentFiles } from "../runtime/sandbox/files.js";
import { createModelAccess } from "../runtime/sandbox/model-access.js";
import { createAskForPush } from "../runtime/sandbox/push-permission.js";
import { createRepositoryAccess } from "../runtime/sandbox/repository-access.js";
import { createSandboxSweep, type SandboxSweep } from "../runtime/sandbox/sweep.js";
import { openRepositories } from "./repositories.js";

export interface AgentRuntimesOptions {
  config: Config;
  dataDir: string;
  secret: string;
  catalogue: RoleCatalogue;
  /** Text of the room-messaging skill. */
  messagingSkill: string;
  /** In place of the built-in prices. */
  prices: PriceTable | undefined;
  cacheDir: string;
  path: string;
  /** Files that people sent to agents. */
  blobs: Blobs;
  clock: Clock;
  logger: Logger;
  /** Asked when it is needed: agents and rooms need each other. */
  rooms: () => RoomService;
  /** Told of what agents asked of hosts outside. */
  onEgressEnd: (end: EgressEnd) => void;
  /** Progress for people, a line at a time. */
  report: (line: string) => void;
}

/** The ways this process can run agents, the preferred first. */
export interface AgentRuntimes {
  runtimes: Record<string, Agents>;
  checks: Record<string, () => Promise<Health>>;
  /** By runtime: how long an agent without a turn keeps its process. */
  idleStopMs?: Readonly<Record<string, number>>;
  /** Absent where no agent can read files. */
  placeFiles?: PlaceFiles;
  /** What agents have left behind. */
  sweep: SandboxSweep;
  stop(): Promise<void>;
}

const defaultModel = "sonnet";
/** Where the agents' image forwards to their socket. */
const socketUrl = "http://127.0.0.1:3128";
const nothingToSweep: SandboxSweep = { start: () => {}, stop: () => {}, removeHomesOf: async () => 0 };

export async function openAgentRuntimes(options: AgentRuntimesOptions): Promise<AgentRuntimes> {
  const { clock } = options;
  const scripted = createScriptedAgents({ clock, sha256 });
  const credential = credentialOf(options.config);
  const sandboxes = credential ? await openSandboxes(options) : undefined;
  if (!credential || !sandboxes)
    return { runtimes: { scripted }, checks: {}, sweep: nothingToSweep, stop: async () => {} };
  return withClaudeCode(options, { scripted, credential, sandboxes });
}

/** What only Claude Code needs is loaded only for it: without it a start takes half the time. */
async function withClaudeCode(
  options: AgentRuntimesOptions,
  { scripted, credential, sandboxes }: { scripted: Agents; credential: Credential; sandboxes: Sandboxes },
): Promise<AgentRuntimes> {
  const { createAnthropicGateway } = await import("../../adapters/anthropic/gateway.js");
  const { createClaudeCodeAgents } = await import("../../adapters/claude-code/agents.js");
  const { config, clock, logger, rooms, catalogue } = options;
  const baseUrl = config.anthropicBaseUrl;
  const gateway = createAnthropicGateway({
    ...credential,
    baseUrl,
    priceTable: options.prices ?? builtInPrices,
    idleTimeoutMs: config.modelIdleSeconds * 1_000,
    clock,
    logger,
  });
  const sockets = createAgentSockets({ dir: join(options.dataDir, "sockets"), logger });
  const opened = openRepositories(config, { dataDir: options.dataDir, clock, logger });
  const repositories = createRepositoryAccess({
    repositories: opened.repositories,
    rooms,
    toolsOf: (role) => catalogue.find(role)?.skill.tools.allow,
    askForPush: createAskForPush({ rooms, clock, sha256 }),
    logger,
  });
  const egress = createEgressAccess({
    egress: createEgress({ clock, logger, onEnd: options.onEgressEnd }),
    rooms,
    logger,
  });
  const access = createModelAccess({
    gateway,
    sockets,
    repositories,
    egress,
    rooms,
    secret: options.secret,
    sha256,
    logger,
  });
  // A process sandbox has the host's own folders, a container shows this one read-only.
  const filesAt = config.sandbox === "process" ? {} : { mountedAt: "/parley" };
  const files = createAgentFiles({
    blobs: options.blobs,
    dir: join(options.dataDir, "agent-files"),
    sha256,
    ...filesAt,
  });
  const hasOwnSkills = catalogue.ownSkills.size > 0;
  const claudeCode = createClaudeCodeAgents({
    sandboxes,
    filesDirOf: async (agent) => {
      const folder = await files.dirOf(agent);
      if (hasOwnSkills) await placeOwnSkills(folder, catalogue.ownSkills);
      return folder;
    },
    filesAt: filesAt.mountedAt,
    skillsPlugin: hasOwnSkills ? ownSkillsFolder : undefined,
    roleOf: (role) => catalogue.find(role)?.skill,
    whyNoRole: (role) => catalogue.whyUnusable(role, "role"),
    messagingSkill: options.messagingSkill,
    defaultModel,
    socketDirOf: access.socketDirOf,
    tokenOf: access.tokenOf,
    // Where the image's entry point listens for the socket. Processes of this host have its network, and no such port.
    ...(config.sandbox !== "process" && { repositoriesAt: `${socketUrl}/git`, proxyUrl: socketUrl }),
    limits: { memoryMb: config.agentMemoryMb, cpus: config.agentCpus, pids: config.agentPids },
    idlePauseMs: config.agentIdlePauseSeconds * 1_000,
    // The gateway meters, aborted calls too.
    reportsUsage: false,
    clock,
    logger,
    sha256,
  });
  const sweep = createSandboxSweep({
    sandboxes,
    rooms,
    closeSocket: access.close,
    removeFiles: files.remove,
    clock,
    logger,
  });
  return {
    runtimes: { "claude-code": claudeCode, scripted },
    checks: { sandbox: () => sandboxes.check(), model: () => gateway.check(), ...opened.checks },
    idleStopMs: { "claude-code": config.agentIdleStopSeconds * 1_000 },
    placeFiles: files.place,
    sweep,
    stop: async () => {
      sweep.stop();
      await access.stop();
      await sandboxes.close();
    },
  };
}

type Credential = { apiKey: string } | { oauthToken: string };

function credentialOf(config: Config): Credential | undefined {
  if (config.anthropicApiKey !== undefined) return { apiKey: config.anthropicApiKey };
  return config.claudeCodeOauthToken === undefined ? undefined : { oauthToken: config.claudeCodeOauthToken };
}

/** Docker where it answers (or is asked for), the host itself only where that was asked for. */
async function openSandboxes(options: AgentRuntimesOptions): Promise<Sandboxes | undefined> {
  const { config, dataDir, clock, logger } = options;
  if (config.sandbox === "none") return undefined;
  if (config.sandbox === "process") {
    logger.warn({}, "agents run on this host without walls, because PARLEY_SANDBOX is process");
    return createProcessSandboxes({ dir: join(dataDir, "sandboxes"), path: options.path, clock, logger });
  }
  const image = config.agentImage ?? agentImageTag(CLAUDE_CODE_VERSION);
  const installationId = sha256(`installation/${options.secret}`).slice(0, 16);
  const ensureImage = config.agentImage === undefined ? () => build(options) : undefined;
  const { createDockerSandboxes } = await import("../../adapters/docker/sandboxes.js");
  const docker = createDockerSandboxes({ installationId, image, ...(ensureImage && { ensureImage }), clock, logger });
  const health = await docker.check();
  if (health.ok || config.sandbox === "docker") return docker;
  logger.warn(
    { detail: health.detail },
    "Docker cannot be used, so agents follow scripts; PARLEY_SANDBOX=docker insists on it",
  );
  await docker.close();
  return undefined;
}

/** For the room: what was printed while it was made is not before its eyes. */
function imageNotMade(error: unknown): PortError {
  const why =
    error instanceof FetchError ? error.message : "Docker could not build it, and said why where Parley runs.";
  const text = `The agents' image could not be made. ${why} Who runs Parley can make it with \`npm run agent:build\` (with --base-image where no image registry can be reached); then write again.`;
  return new PortError(text, { code: "refused", retryable: false, cause: error });
}

async function build({ cacheDir, report }: AgentRuntimesOptions): Promise<void> {
  const { buildAgentImage } = await import("../../adapters/docker/image/build-agent-image.js");
  report("The agents' image is not there yet; it is made now, which takes minutes the first time.");
  await buildAgentImage({ cacheDir, report }).catch((error: unknown) => {
    throw imageNotMade(error);
  });
}
