import { setMaxListeners } from "node:events";
import Docker, { type Container, type ContainerInspectInfo } from "dockerode";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import { PortError } from "../../src/ports/port-error.js";
import type { Sandbox, Sandboxes, SandboxSpec } from "../../src/ports/sandboxes.js";
import { checkIsolation } from "./check-isolation.js";
import { checkSpec } from "./check-spec.js";
import {
  type ContainerSettings,
  containerConfig,
  createNaming,
  isolationDigest,
  isolationLabel,
} from "./container-config.js";
import { checkEngine } from "./engine.js";
import { refused, toEngineError, unless, within, wordsOf } from "./engine-errors.js";
import { createImageSettings } from "./image-settings.js";
import { failedIsolationChecks } from "./isolation-checks.js";
import { createOwnedByInstallation } from "./owned.js";
import { createQueues } from "./queues.js";
import { connect, createSandbox } from "./sandbox.js";

export interface DockerSandboxesOptions {
  /** Names what belongs to this installation: 1 to 24 lower-case letters and digits. The same over restarts. */
  installationId: string;
  /** Tag or id of the agents' image. */
  image: string;
  /** Makes the image when the engine does not have it. Default: a missing image is refused. */
  ensureImage?: () => Promise<void>;
  /** Default: as DOCKER_HOST says, or the engine's usual socket. */
  docker?: Docker;
  /** Size of `/tmp`, part of the memory limit; default 256. */
  tmpMb?: number;
  /** Log of a main process: size of a file in MiB (default 20), number of files (default 3). */
  logMb?: number;
  logFiles?: number;
  /** Timeout of the isolation probe inside the sandbox; a longer one means that the engine hangs. Default 30 s. */
  probeTimeoutMs?: number;
  /** Called before the volumes of a sandbox are removed, for other users of them. */
  beforeVolumesGo?: (id: string) => Promise<void>;
  clock: Clock;
  logger: Logger;
}

const installationPattern = /^[a-z0-9]{1,24}$/;
/** A start that takes longer means an engine that hangs. */
const startTimeoutMs = 60_000;
/** Containers on a Docker engine, through its API alone. */
export function createDockerSandboxes(options: DockerSandboxesOptions): Sandboxes {
  const { installationId, image, docker = new Docker(), probeTimeoutMs = 30_000, clock, logger } = options;
  if (!installationPattern.test(installationId)) throw new Error(`not an installation id: ${installationId}`);
  const naming = createNaming(installationId);
  const queues = createQueues();
  const released = new AbortController();
  // One listener for every running sandbox.
  setMaxListeners(0, released.signal);
  const settingsNow = createImageSettings({ ...options, docker });
  const owned = createOwnedByInstallation({ docker, naming, installationId, clock });

  const containerOf = (id: string): Container => docker.getContainer(naming.containerName(id));

  const check = (spec: SandboxSpec, settings: ContainerSettings): Promise<string[]> =>
    checkIsolation(containerOf(spec.id), { spec, settings, naming, clock, probeTimeoutMs });

  /** `container` by its own id: after its end another one has its name. */
  function hold(
    id: string,
    more: Pick<Parameters<typeof createSandbox>[0], "container" | "connection" | "reattached">,
  ): Sandbox {
    return createSandbox({ id, released: released.signal, clock, logger, ...more });
  }

  /** Returns the running sandbox if its isolation matches the spec; anything else of that name is removed. */
  async function takeHold(spec: SandboxSpec, settings: ContainerSettings): Promise<Sandbox | undefined> {
    const info = await unless(containerOf(spec.id).inspect(), 404);
    if (!info) return undefined;
    const reason = unusable(info, isolationDigest(spec, { settings, naming }));
    if (reason === undefined) {
      const sandbox = hold(spec.id, { container: docker.getContainer(info.Id), reattached: true });
      await sandbox.resume();
      const broken = await check(spec, settings).catch((error: unknown) => [wordsOf(error)]);
      if (broken.length === 0) return sandbox;
      logger.warn({ sandbox: spec.id, walls: broken }, "a running sandbox has lost walls and is replaced");
    } else if (info.State.Running) {
      logger.info({ sandbox: spec.id, reason }, "a running sandbox is replaced");
    }
    await owned.removeContainer(spec.id);
    return undefined;
  }

  function unusable({ State: state, Config: config }: ContainerInspectInfo, walls: string): string | undefined {
    if (!owned.isOwn(config.Labels)) {
      throw refused("A container of the same name belongs to somebody else. It was left alone; rename or remove it.");
    }
    if (!state.Running) return "it has ended";
    return config.Labels[isolationLabel] === walls ? undefined : "its walls are others";
  }

  async function make(spec: SandboxSpec, settings: ContainerSettings): Promise<Sandbox> {
    const container = await docker.createContainer(containerConfig(spec, { settings, naming }));
    try {
      const broken = failedIsolationChecks(await container.inspect(), { spec, settings, naming });
      if (broken.length > 0) throw isolationFailed(spec.id, broken, "Nothing ran in it");
      const connection = await connect(container);
      await container.start();
      const sandbox = hold(spec.id, { container, connection, reattached: false });
      const breached = await check(spec, settings);
      if (breached.length > 0) throw isolationFailed(spec.id, breached, "It was stopped before it was given anything");
      return sandbox;
    } catch (error) {
      await owned.removeContainer(spec.id);
      throw error;
    }
  }

  async function start(spec: SandboxSpec): Promise<Sandbox> {
    checkSpec(spec);
    if (released.signal.aborted) throw new PortError("Parley is stopping.", { code: "closed", retryable: false });
    const settings = await settingsNow(spec.image);
    const begin = async () => (await takeHold(spec, settings)) ?? (await make(spec, settings));
    return within(begin(), { clock, timeoutMs: startTimeoutMs, doing: `Starting the sandbox ${spec.id}` });
  }

  const doing = <T>(what: string, call: () => Promise<T>): Promise<T> =>
    call().catch((error: unknown) => {
      throw toEngineError(error, what);
    });

  return {
    start: (spec) => queues.run(spec.id, () => doing(`Starting the sandbox ${spec.id}`, () => start(spec))),
    list: () => doing("Listing the sandboxes", owned.list),
    homes: () => doing("Listing the homes of agents", owned.homes),
    remove: (id, { volumes }) =>
      queues.run(id, () =>
        doing(`Removing the sandbox ${id}`, async () => {
          if (volumes) await options.beforeVolumesGo?.(id);
          await owned.remove(id, volumes);
        }),
      ),
    check: () => checkEngine({ docker, image, canMakeImage: options.ensureImage !== undefined, clock }),
    close: async () => released.abort(),
  };
}

function isolationFailed(id: string, walls: readonly string[], kept: string): PortError {
  const text = `The sandbox ${id} was refused, because these walls do not stand: ${walls.join("; ")}. ${kept}; it was removed, its home is kept. Look at the Docker engine's settings.`;
  return refused(text);
}
