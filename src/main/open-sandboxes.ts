import { join } from "node:path";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../adapters/docker/image/claude-code-release.js";
import { FetchError } from "../../adapters/kit/fetch-archive.js";
import { createProcessDiskUsage } from "../../adapters/process/disk-usage.js";
import { createProcessSandboxes } from "../../adapters/process/sandboxes.js";
import { createProcessWorkspaces } from "../../adapters/process/workspaces.js";
import type { Config } from "../config.js";
import type { Clock } from "../ports/clock.js";
import type { DiskUsage } from "../ports/disk-usage.js";
import type { Logger } from "../ports/logger.js";
import { PortError } from "../ports/port-error.js";
import type { Sandboxes } from "../ports/sandboxes.js";
import type { Workspaces } from "../ports/workspaces.js";
import { sha256 } from "../runtime/node/runtime.js";

export interface SandboxChoice {
  config: Config;
  /** Absolute path of the data folder. */
  dataDir: string;
  /** Names the installation in labels of containers, by its digest. */
  secret: string;
  /** Folder that downloads for the agents' image are kept in. */
  cacheDir: string;
  /** PATH of processes on this host. */
  path: string;
  clock: Clock;
  logger: Logger;
  /** Progress for people, a line at a time. */
  report: (line: string) => void;
}

/** Where agents run, what counts their disk there, and what looks into their work folders. */
export interface OpenedSandboxes {
  sandboxes: Sandboxes;
  disk: DiskUsage;
  workspaces: Workspaces;
  /** Ends what looks into work folders. */
  closeWorkspaces(): Promise<void>;
}

/** Docker where it answers (or is asked for), the host itself only where that was asked for. */
export async function openSandboxes(options: SandboxChoice): Promise<OpenedSandboxes | undefined> {
  const { config, dataDir, clock, logger } = options;
  if (config.sandbox === "none") return undefined;
  if (config.sandbox === "process") {
    logger.warn({}, "agents run on this host without walls, because PARLEY_SANDBOX is process");
    const where = { dir: join(dataDir, "sandboxes"), path: options.path };
    return {
      sandboxes: createProcessSandboxes({ ...where, clock, logger }),
      disk: createProcessDiskUsage(where),
      workspaces: createProcessWorkspaces({ ...where, clock }),
      closeWorkspaces: async () => {},
    };
  }
  const image = config.agentImage ?? agentImageTag(CLAUDE_CODE_VERSION);
  const installationId = sha256(`installation/${options.secret}`).slice(0, 16);
  const ensureImage = config.agentImage === undefined ? () => build(options) : undefined;
  const { createDockerSandboxes } = await import("../../adapters/docker/sandboxes.js");
  const { createDockerWorkspaces } = await import("../../adapters/docker/workspaces.js");
  const workspaces = createDockerWorkspaces({ installationId, image, clock });
  const docker = createDockerSandboxes({
    installationId,
    image,
    ...(ensureImage && { ensureImage }),
    beforeVolumesGo: workspaces.release,
    clock,
    logger,
  });
  const health = await docker.check();
  if (health.ok || config.sandbox === "docker") {
    const { createDockerDiskUsage } = await import("../../adapters/docker/disk-usage.js");
    const disk = createDockerDiskUsage({ installationId, image, clock });
    return { sandboxes: docker, disk, workspaces, closeWorkspaces: workspaces.close };
  }
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
  const text = `The agents' image could not be made. ${why} Who runs Parley can make it with \`parley image build\` (with --base-image where no image registry can be reached); then write again.`;
  return new PortError(text, { code: "refused", retryable: false, cause: error });
}

async function build({ cacheDir, report }: SandboxChoice): Promise<void> {
  const { buildAgentImage } = await import("../../adapters/docker/image/build-agent-image.js");
  report("The agents' image is not there yet; it is made now, which takes minutes the first time.");
  await buildAgentImage({ cacheDir, report }).catch((error: unknown) => {
    throw imageNotMade(error);
  });
}
