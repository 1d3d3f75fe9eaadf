import type { AgentSdk } from "../../adapters/claude-code/agent-sdk.js";
import type { ClaudeCodeAgentsOptions } from "../../adapters/claude-code/options.js";
import { createEgress } from "../../adapters/egress/egress.js";
import { FetchError } from "../../adapters/kit/fetch-archive.js";
import type { PriceTable } from "../../adapters/kit/gateway/prices.js";
import { createMemoryLimits } from "../../adapters/memory/limits.js";
import { createMemoryReservations } from "../../adapters/memory/reservations.js";
import { openAiModels } from "../../adapters/openai/models.js";
import { createScriptedAgents } from "../../adapters/scripted/agents.js";
import type { Config } from "../config.js";
import type { RuntimeDefinition } from "../core/roles/runtime-definition.js";
import type { Agents } from "../ports/agents.js";
import type { Blobs } from "../ports/blobs.js";
import type { Sandboxes } from "../ports/sandboxes.js";
import { sha256 } from "../runtime/node/runtime.js";
import type { RoleCatalogue } from "../runtime/roles/roles.js";
import { capSandboxes } from "../runtime/sandbox/capped-sandboxes.js";
import { openAcpRuntimes } from "./acp-runtimes.js";
import { type AgentRuntimes, type OpenAgentRuntimes, withoutSandboxes } from "./assemble/rooms.js";
import { assembleSandboxes, type SandboxParts } from "./assemble/sandboxes.js";
import { anthropicCredentialOf, openGateways } from "./open-gateways.js";
import { type OpenedSandboxes, openSandboxes, type SandboxChoice } from "./open-sandboxes.js";
import type { ReadRuntimes } from "./read-runtimes.js";
import { openRepositories } from "./repositories.js";
import { runtimeViews, usableRuntimes } from "./runtime-views.js";

export interface AgentRuntimesChoice extends SandboxChoice {
  catalogue: RoleCatalogue;
  /** Text of the room-messaging skill. */
  messagingSkill: string;
  /** In place of the built-in prices. */
  prices: PriceTable | undefined;
  /** Files that people sent to agents. */
  blobs: Blobs;
  /** Cuts the secrets of this installation out of what pushes change. */
  cutSecrets: (text: string, options?: { isCut: boolean }) => string;
  /** The runtimes that Parley ships and the operator's own. */
  runtimes: ReadRuntimes;
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

/** Scripted agents always; Claude Code and ACP agents if there is a credential for their model and a sandbox to run in. */
export async function chooseAgentRuntimes(choice: AgentRuntimesChoice): Promise<ChosenAgentRuntimes> {
  const scripted = createScriptedAgents({ clock: choice.clock, sha256 });
  const { definitions: known } = choice.runtimes;
  const definitions = usableRuntimes(choice.config, known);
  const views = (usable: readonly string[]) => runtimeViews(choice.config, { known, usable });
  const withClaude = anthropicCredentialOf(choice.config) !== undefined && choice.config.sandbox !== "none";
  const sdk = withClaude ? await agentSdk(choice) : undefined;
  const opened = sdk || definitions.length > 0 ? await openSandboxes(choice) : undefined;
  const only = { ...withoutSandboxes({ scripted }), views: views(["scripted"]) };
  if (!opened) return { names: ["scripted"], open: () => only };
  const openRuntimes = await sandboxedOpener(choice, { sdk, definitions, ...opened });
  const names = [...(sdk ? ["claude-code"] : []), ...definitions.map(({ name }) => name), "scripted"];
  return { names, open: (given) => ({ ...openRuntimes({ ...given, scripted }), views: views(names) }) };
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

/** Modules of a runtime are loaded only if needed: without them a start takes half the time. */
async function sandboxedOpener(
  choice: AgentRuntimesChoice,
  asked: OpenedSandboxes & { sdk: AgentSdk | undefined; definitions: readonly RuntimeDefinition[] },
): Promise<(given: WithScripted) => Omit<AgentRuntimes, "views">> {
  const { sdk, definitions, sandboxes, disk, workspaces, closeWorkspaces } = asked;
  const { config, blobs, cutSecrets, catalogue, dataDir, secret, clock, logger } = choice;
  const gateway = await openGateways(choice);
  const { createClaudeCodeAgents } = await import("../../adapters/claude-code/agents.js");
  const openAcp = await openAcpRuntimes(definitions, { socketUrl });
  const filesAt = config.sandbox === "process" ? undefined : filesInContainer;
  return (given) => {
    const { rooms, onEgressEnd, onCapReached, onlyNode, ids, ledger, spendingLimits, scripted } = given;
    const { reservations = createMemoryReservations(), limits = createMemoryLimits({ clock }) } = given;
    const { repositories, checks } = openRepositories(config, { dataDir, path: choice.path, clock, logger });
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
        cutSecrets,
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
        unusedHomes: unusedHomesOf(config),
        isShared: !onlyNode,
        defaultModel,
        modelsOfRuntime: { codex: openAiModels, opencode: openAiModels },
      },
    );
    const shared = claudeCodeOptions(choice, { parts, filesAt });
    const claudeCode = sdk && createClaudeCodeAgents({ sdk, ...shared });
    const acp = openAcp(shared);
    return {
      runtimes: { ...(claudeCode && { "claude-code": claudeCode }), ...acp, scripted },
      checks: {
        sandbox: () => sandboxes.check(),
        model: () => gateway.check(),
        disk: async () => parts.disk.check(),
        ...checks,
      },
      idleStopMs: idleStops(config, ["claude-code", ...Object.keys(acp)]),
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

/** When homes that nobody uses are announced and given up, ms. */
function unusedHomesOf({ unusedHomesDays, unusedHomesNoticeDays }: Config): { unusedMs: number; noticeMs: number } {
  return {
    unusedMs: unusedHomesDays * dayMs,
    noticeMs: Math.min(unusedHomesNoticeDays, unusedHomesDays) * dayMs,
  };
}

/** How long an idle agent of each runtime keeps its process, ms. */
function idleStops({ agentIdleStopSeconds }: Config, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, agentIdleStopSeconds * 1_000]));
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
