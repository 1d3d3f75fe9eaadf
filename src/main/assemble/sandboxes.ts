import { join } from "node:path";
import type { UnusedHomesTimes } from "../../core/room/unused-homes.js";
import type { InstallationLimits } from "../../core/values/installation-spending.js";
import type { Blobs } from "../../ports/blobs.js";
import type { Clock } from "../../ports/clock.js";
import type { DiskUsage } from "../../ports/disk-usage.js";
import type { Egress } from "../../ports/egress.js";
import type { Ids } from "../../ports/ids.js";
import type { Limits } from "../../ports/limits.js";
import type { Logger } from "../../ports/logger.js";
import type { ModelGateway } from "../../ports/model-gateway.js";
import type { Repositories } from "../../ports/repositories.js";
import type { Reservations } from "../../ports/reservations.js";
import type { Sandboxes } from "../../ports/sandboxes.js";
import { sha256 } from "../../runtime/node/runtime.js";
import { ownSkillsFolder, placeOwnSkills } from "../../runtime/roles/own-skills.js";
import type { RoleCatalogue } from "../../runtime/roles/roles.js";
import type { RoomService } from "../../runtime/rooms/service.js";
import { createSetups, type Setups } from "../../runtime/rooms/setups.js";
import type { SpendingLedger } from "../../runtime/rooms/spending-ledger.js";
import { createAgentSockets } from "../../runtime/sandbox/agent-sockets.js";
import { createAllowedPushes } from "../../runtime/sandbox/allowed-pushes.js";
import { createCallContent, type RuntimeModels } from "../../runtime/sandbox/call-content.js";
import { createCallRate } from "../../runtime/sandbox/call-rate.js";
import { createDiskQuota, type DiskQuota } from "../../runtime/sandbox/disk-quota.js";
import { createEgressAccess } from "../../runtime/sandbox/egress-access.js";
import { type AgentFiles, createAgentFiles } from "../../runtime/sandbox/files.js";
import { createModelAccess, type MeteredAgent, type ModelAccess } from "../../runtime/sandbox/model-access.js";
import { createAskForPush, pushTool } from "../../runtime/sandbox/push-permission.js";
import { createRepositoryAccess } from "../../runtime/sandbox/repository-access.js";
import { placeSetupSkills } from "../../runtime/sandbox/setup-skills.js";
import { createSpending, type Spending } from "../../runtime/sandbox/spending.js";
import { createSandboxSweep, type SandboxSweep } from "../../runtime/sandbox/sweep.js";

/** What sandboxed agents need: where they run, and the ways out of there. */
export interface SandboxPorts {
  rooms: RoomService;
  sandboxes: Sandboxes;
  disk: DiskUsage;
  gateway: ModelGateway;
  reservations: Reservations;
  limits: Limits;
  ledger: SpendingLedger;
  repositories: Repositories;
  egress: Egress;
  /** Files that people sent to agents. */
  blobs: Blobs;
  /** Cuts the secrets of this installation out of what pushes change. Absent: those known by their form alone. */
  cutSecrets?: ((text: string, options?: { isCut: boolean }) => string) | undefined;
  catalogue: RoleCatalogue;
  ids: Ids;
  clock: Clock;
  logger: Logger;
}

export interface SandboxSettings {
  /** Absolute path of the data folder; sockets and agents' files get folders in it. */
  dataDir: string;
  secret: string;
  spendingLimits: InstallationLimits;
  /** Model calls of one agent, a minute. */
  maxModelCallsPerMinute: number;
  /** What one agent may have on disk, bytes: its home and its work folder together. */
  diskQuotaBytes: number;
  /** When homes of open rooms are given up that nobody uses. */
  unusedHomes: UnusedHomesTimes;
  /** True where other processes may write to the same rooms. */
  isShared: boolean;
  /** Model of agents for which neither they nor their role name one. */
  defaultModel: string;
  /** Of runtimes whose models are not Claude's, by their name. */
  modelsOfRuntime?: Readonly<Record<string, RuntimeModels>>;
  /** Where a sandbox shows the folder with its agent's files. Absent: where it is on this host. */
  filesAt?: string | undefined;
}

/** The supplies of an agent in a sandbox, and the leftovers to remove. */
export interface SandboxParts {
  access: ModelAccess;
  /** The sandboxes to start agents in. */
  disk: DiskQuota;
  files: AgentFiles;
  sweep: SandboxSweep;
  /** Folder with what people sent the agent, and the operator's own skills. */
  filesDirOf: (agent: MeteredAgent) => Promise<string>;
  /** What repositories bring along for agents. `placeSkills`: puts skills into that folder, and gives theirs in it. */
  setups: Pick<Setups, "offer" | "textOf"> & {
    placeSkills: (agent: MeteredAgent, files: ReadonlyMap<string, string>) => Promise<string>;
  };
  /** Folder in there with the operator's own skills; undefined where there are none at this moment. */
  readonly skillsPlugin: string | undefined;
}

/** Everything between sandboxes and rooms that no adapter does: sockets, budgets, pushes, the egress list, files and what is swept up. */
export function assembleSandboxes(ports: SandboxPorts, settings: SandboxSettings): SandboxParts {
  const { rooms, blobs, catalogue, clock, logger } = ports;
  const disk = createDiskQuota({ ...ports, quotaBytes: settings.diskQuotaBytes });
  const access = assembleAccess(ports, settings);
  const files = createAgentFiles({
    blobs,
    dir: join(settings.dataDir, "agent-files"),
    sha256,
    ...(settings.filesAt !== undefined && { mountedAt: settings.filesAt }),
  });
  return {
    access,
    disk,
    files,
    sweep: createSandboxSweep({
      sandboxes: disk.sandboxes,
      unusedHomes: settings.unusedHomes,
      rooms,
      closeSocket: access.close,
      removeFiles: files.remove,
      clock,
      logger,
    }),
    filesDirOf: async (agent) => {
      const folder = await files.dirOf(agent);
      if (catalogue.ownSkills.size > 0) await placeOwnSkills(folder, catalogue.ownSkills);
      return folder;
    },
    setups: {
      ...createSetups({ rooms, blobs, sha256 }),
      placeSkills: async (agent, skills) => placeSetupSkills(await files.dirOf(agent), skills),
    },
    get skillsPlugin() {
      return catalogue.ownSkills.size > 0 ? ownSkillsFolder : undefined;
    },
  };
}

/** Each agent's socket with everything that is behind it. */
function assembleAccess(ports: SandboxPorts, settings: SandboxSettings): ModelAccess {
  const { rooms, gateway, blobs, catalogue, limits, clock, logger } = ports;
  const { dataDir, secret, defaultModel, modelsOfRuntime, maxModelCallsPerMinute: maxPerMinute } = settings;
  return createModelAccess({
    gateway,
    sockets: createAgentSockets({ dir: join(dataDir, "sockets"), logger }),
    repositories: createRepositoryAccess({
      repositories: ports.repositories,
      rooms,
      toolsOf: (role) => catalogue.find(role)?.skill.tools.allow,
      askForPush: createAskForPush({ rooms, clock, sha256, content: { blobs, cutSecrets: ports.cutSecrets } }),
      allowedPushes: createAllowedPushes({ rooms, tool: pushTool }),
      logger,
    }),
    egress: createEgressAccess({ egress: ports.egress, rooms, logger }),
    spending: assembleSpending(ports, settings),
    rate: createCallRate({ limits, rooms, maxPerMinute, clock, logger }),
    content: createCallContent({
      rooms,
      modelOfRole: (role) => catalogue.find(role)?.skill.model,
      defaultModel,
      ...(modelsOfRuntime && { modelsOfRuntime }),
      logger,
    }),
    secret,
    sha256,
  });
}

function assembleSpending(
  { rooms, reservations, ledger, ids, clock, logger }: SandboxPorts,
  { spendingLimits: limits, isShared }: SandboxSettings,
): Spending {
  return createSpending({ rooms, reservations, ledger, limits, newId: () => ids.next(), isShared, clock, logger });
}
