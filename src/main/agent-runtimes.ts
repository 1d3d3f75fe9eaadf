import { builtInPrices } from "../../adapters/anthropic/built-in-prices.js";
import type { PriceTable } from "../../adapters/anthropic/prices.js";
import type { AgentSdk } from "../../adapters/claude-code/agent-sdk.js";
import type { ClaudeCodeAgentsOptions } from "../../adapters/claude-code/options.js";
import { createEgress } from "../../adapters/egress/egress.js";
import { FetchError } from "../../adapters/kit/fetch-archive.js";
import { createMemoryLimits } from "../../adapters/memory/limits.js";
import { createMemoryReservations } from "../../adapters/memory/reservations.js";
import { createScriptedAgents } from "../../adapters/scripted/agents.js";
import type { Config } from "../config.js";
import type { Agents } from "../ports/agents.js";
import type { Blobs } from "../ports/blobs.js";
import type { ModelGateway } from "../ports/model-gateway.js";
import type { Sandboxes } from "../ports/sandboxes.js";
import { sha256 } from "../runtime/node/runtime.js";
import type { RoleCatalogue } from "../runtime/roles/roles.js";
import { capSandboxes } from "../runtime/sandbox/capped-sandboxes.js";
import { type AgentRuntimes, type OpenAgentRuntimes, withoutSandboxes } from "./assemble/rooms.js";
import { assembleSandboxes, type SandboxParts } from "./assemble/sandboxes.js";
import { type OpenedSandboxes, openSandboxes, type SandboxChoice } from "./open-sandboxes.js";
import { openRepositories } from "./repositories.js";

export interface AgentRuntimesChoice extends SandboxChoice {
  catalogue: RoleCatalogue;
  /** Text of the room-messaging skill. */
  messagingSkill: string;
  /** In place of the built-in prices. */
  prices: PriceTable | undefined;
  /** Files that people sent to agents. */
  blobs: Blobs;
}

/** The agent runtimes that the settings ask for and this machine can have, to be opened once there are rooms. */
export interface ChosenAgentRuntimes {
  /** Names of the runtimes, the preferred first. */
  names: readonly string[];
  open: OpenAgentRuntimes;
}

const dayMs = 86_400_000;
const defaultModel = "sonnet";
/** Where the agents' image forwards to their socket. */
const socketUrl = "http://127.0.0.1:3128";
/** Where a container shows its agent's files, read-only. A process sandbox has the host's own folders. */
const filesInContainer = "/parley";

/** Scripted agents always; Claude Code if there is a credential for the model and a sandbox to run in. */
export async function chooseAgentRuntimes(choice: AgentRuntimesChoice): Promise<ChosenAgentRuntimes> {
  const scripted = createScriptedAgents({ clock: choice.clock, sha256 });
  const credential = credentialOf(choice.config);
  const sdk = credential && choice.config.sandbox !== "none" ? await agentSdk(choice) : undefined;
  const opened = credential && sdk ? await openSandboxes(choice) : undefined;
  if (!credential || !sdk || !opened) return { names: ["scripted"], open: () => withoutSandboxes({ scripted }) };
  const openWithClaudeCode = await claudeCodeOpener(choice, { credential, sdk, ...opened });
  return { names: ["claude-code", "scripted"], open: (given) => openWithClaudeCode({ ...given, scripted }) };
}

/** Undefined, and said why, where it is not to be had: rooms go on with scripted agents. */
async function agentSdk({ cacheDir, report }: AgentRuntimesChoice): Promise<AgentSdk | undefined> {
  const { loadAgentSdk } = await import("../../adapters/claude-code/agent-sdk.js");
  try {
    return await loadAgentSdk({ cacheDir, report });
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    report(`Agents follow scripts, because the Claude Agent SDK is missing. ${error.message}`);
    return undefined;
  }
}

type WithScripted = Parameters<OpenAgentRuntimes>[0] & { scripted: Agents };

/** Modules of Claude Code are loaded only if needed: without them a start takes half the time. */
async function claudeCodeOpener(
  choice: AgentRuntimesChoice,
  {
    credential,
    sdk,
    sandboxes,
    disk,
    workspaces,
    closeWorkspaces,
  }: OpenedSandboxes & { credential: Credential; sdk: AgentSdk },
): Promise<(given: WithScripted) => AgentRuntimes> {
  const { config, blobs, catalogue, dataDir, secret, clock, logger } = choice;
  const gateway = await openGateway(choice, credential);
  const { createClaudeCodeAgents } = await import("../../adapters/claude-code/agents.js");
  const filesAt = config.sandbox === "process" ? undefined : filesInContainer;
  return (given) => {
    const { rooms, onEgressEnd, onCapReached, onlyNode, ids, ledger, spendingLimits, scripted } = given;
    const { reservations = createMemoryReservations(), limits = createMemoryLimits({ clock }) } = given;
    const { repositories, checks } = openRepositories(config, { dataDir, clock, logger });
    const egress = createEgress({ clock, logger, onEnd: onEgressEnd });
    const capped = capSandboxes(sandboxes, {
      maxRunning: config.maxSandboxes,
      onRefused: () => onCapReached("sandboxes"),
    });
    const parts = assembleSandboxes(
      {
        rooms,
        sandboxes: capped,
        disk,
        gateway,
        reservations,
        limits,
        ledger,
        repositories,
        egress,
        blobs,
        catalogue,
        ids,
        clock,
        logger,
      },
      {
        dataDir,
        secret,
        filesAt,
        spendingLimits,
        maxModelCallsPerMinute: config.maxModelCallsPerMinute,
        diskQuotaBytes: config.agentDiskMb * 1_024 * 1_024,
        unusedHomes: {
          unusedMs: config.unusedHomesDays * dayMs,
          noticeMs: Math.min(config.unusedHomesNoticeDays, config.unusedHomesDays) * dayMs,
        },
        isShared: !onlyNode,
        defaultModel,
      },
    );
    const claudeCode = createClaudeCodeAgents({ sdk, ...claudeCodeOptions(choice, { parts, filesAt }) });
    return {
      runtimes: { "claude-code": claudeCode, scripted },
      checks: {
        sandbox: () => sandboxes.check(),
        model: () => gateway.check(),
        disk: async () => parts.disk.check(),
        ...checks,
      },
      idleStopMs: { "claude-code": config.agentIdleStopSeconds * 1_000 },
      placeFiles: parts.files.place,
      diskOf: parts.disk.of,
      workspaces,
      sweep: parts.sweep,
      stop: async () => {
        await closeWorkspaces();
        await stopClaudeCode(parts, sandboxes);
      },
    };
  };
}

async function openGateway(choice: AgentRuntimesChoice, credential: Credential): Promise<ModelGateway> {
  const { createAnthropicGateway } = await import("../../adapters/anthropic/gateway.js");
  const { config, prices, clock, logger } = choice;
  return createAnthropicGateway({
    ...credential,
    baseUrl: config.anthropicBaseUrl,
    priceTable: prices ?? builtInPrices,
    idleTimeoutMs: config.modelIdleSeconds * 1_000,
    clock,
    logger,
  });
}

function claudeCodeOptions(
  { config, catalogue, messagingSkill, clock, logger }: AgentRuntimesChoice,
  { parts, filesAt }: { parts: SandboxParts; filesAt: string | undefined },
): Omit<ClaudeCodeAgentsOptions, "sdk"> {
  const { access, disk, filesDirOf, setups } = parts;
  return {
    sandboxes: disk.sandboxes,
    watchHeld: disk.watch,
    filesDirOf,
    filesAt,
    setups,
    get skillsPlugin() {
      return parts.skillsPlugin;
    },
    skillsStamp: () => catalogue.ownSkillsStamp,
    roleOf: (role) => catalogue.find(role)?.skill,
    whyNoRole: (role) => catalogue.whyUnusable(role, "role"),
    isRoleUnreadable: (role) => catalogue.isUnreadable(role),
    messagingSkill,
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
  };
}

async function stopClaudeCode({ sweep, access, disk }: SandboxParts, sandboxes: Sandboxes): Promise<void> {
  sweep.stop();
  disk.stop();
  await access.stop();
  await sandboxes.close();
}

type Credential = { apiKey: string } | { oauthToken: string };

function credentialOf(config: Config): Credential | undefined {
  if (config.anthropicApiKey !== undefined) return { apiKey: config.anthropicApiKey };
  return config.claudeCodeOauthToken === undefined ? undefined : { oauthToken: config.claudeCodeOauthToken };
}
