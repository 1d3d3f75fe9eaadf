import { setMaxListeners } from "node:events";
import Docker, { type Container, type ContainerInspectInfo } from "dockerode";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import { PortError } from "../../src/ports/port-error.js";
import type { Sandbox, Sandboxes, SandboxSpec } from "../../src/ports/sandboxes.js";
import { checkSpec, isSandboxId } from "./check-spec.js";
import {
  type ContainerSettings,
  containerConfig,
  createNaming,
  installationLabel,
  isolationDigest,
  isolationLabel,
  sandboxLabel,
  specLabelPrefix,
  type VolumeFolder,
  volumeFolders,
} from "./container-config.js";
import { checkEngine, findImage, limitsSwap } from "./engine.js";
import { isOfEngine, refused, toPortError, unless, within, wordsOf } from "./engine-errors.js";
import { failedIsolationChecks } from "./isolation-checks.js";
import { probeIsolation } from "./probe.js";
import { createQueues } from "./queues.js";
import { connect, createSandbox, execute } from "./sandbox.js";

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
  clock: Clock;
  logger: Logger;
}

const installationPattern = /^[a-z0-9]{1,24}$/;
/** A start that takes longer means an engine that hangs. */
const startTimeoutMs = 60_000;
const callTimeoutMs = 30_000;
/** So long after its end a container may still count as running. */
const endTimeoutMs = 3_000;

/** Containers on a Docker engine, through its API alone. */
export function createDockerSandboxes(options: DockerSandboxesOptions): Sandboxes {
  const { installationId, image, docker = new Docker(), probeTimeoutMs = 30_000, clock, logger } = options;
  if (!installationPattern.test(installationId)) throw new Error(`not an installation id: ${installationId}`);
  const naming = createNaming(installationId);
  const queues = createQueues();
  const released = new AbortController();
  // One listener for every running sandbox.
  setMaxListeners(0, released.signal);
  let making: Promise<void> | undefined;

  const containerOf = (id: string): Container => docker.getContainer(naming.containerName(id));

  /** One build, however many agents wait for it. */
  async function makeImage(): Promise<void> {
    if (!options.ensureImage) {
      throw refused(`The agents' image ${image} is not there. Build it with \`npm run agent:build\`, then try again.`);
    }
    making ??= options.ensureImage().finally(() => {
      making = undefined;
    });
    await making;
  }

  async function settingsNow(): Promise<ContainerSettings> {
    let imageId = await findImage(docker, image);
    if (imageId === undefined) {
      await makeImage();
      imageId = await findImage(docker, image);
    }
    if (imageId === undefined) throw refused(`The agents' image ${image} is not there although it was built.`);
    const { tmpMb = 256, logMb = 20, logFiles = 3 } = options;
    return { imageId, tmpMb, logMb, logFiles, limitsSwap: await limitsSwap(docker) };
  }

  /** Names of the failed isolation checks. */
  async function check(spec: SandboxSpec, settings: ContainerSettings): Promise<string[]> {
    const container = containerOf(spec.id);
    const broken = failedIsolationChecks(await container.inspect(), { spec, settings, naming });
    if (broken.length > 0) return broken;
    const probing = probeIsolation((command) => execute(container, command), spec);
    const doing = `Looking at the walls of the sandbox ${spec.id}`;
    const probed = await within(probing, { clock, timeoutMs: probeTimeoutMs, doing }).catch((error: unknown) => error);
    if (Array.isArray(probed)) return probed;
    // One that has ended cannot be looked at from inside, and does nothing any more.
    const ended = container.wait({ condition: "not-running" });
    const hasEnded = await within(ended, { clock, timeoutMs: endTimeoutMs, doing: "Waiting for its end" }).catch(
      () => false,
    );
    if (hasEnded) return [];
    // An engine that does not respond says nothing about the isolation.
    if (isOfEngine(probed)) throw toPortError(probed, doing);
    return ["it can be looked at from inside"];
  }

  function hold(id: string, more: Pick<Parameters<typeof createSandbox>[0], "connection" | "reattached">) {
    return createSandbox({ id, container: containerOf(id), released: released.signal, clock, logger, ...more });
  }

  /** Returns the running sandbox if its isolation matches the spec; anything else of that name is removed. */
  async function takeHold(spec: SandboxSpec, settings: ContainerSettings): Promise<Sandbox | undefined> {
    const info = await unless(containerOf(spec.id).inspect(), 404);
    if (!info) return undefined;
    const reason = unusable(info, isolationDigest(spec, { settings, naming }));
    if (reason === undefined) {
      const sandbox = hold(spec.id, { reattached: true });
      await sandbox.resume();
      const broken = await check(spec, settings).catch((error: unknown) => [wordsOf(error)]);
      if (broken.length === 0) return sandbox;
      logger.warn({ sandbox: spec.id, walls: broken }, "a running sandbox has lost walls and is replaced");
    } else if (info.State.Running) {
      logger.info({ sandbox: spec.id, reason }, "a running sandbox is replaced");
    }
    await removeContainer(spec.id);
    return undefined;
  }

  function unusable({ State: state, Config: config }: ContainerInspectInfo, walls: string): string | undefined {
    if (!isOwn(config.Labels)) {
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
      const sandbox = hold(spec.id, { connection, reattached: false });
      const breached = await check(spec, settings);
      if (breached.length > 0) throw isolationFailed(spec.id, breached, "It was stopped before it was given anything");
      return sandbox;
    } catch (error) {
      await removeContainer(spec.id);
      throw error;
    }
  }

  async function start(spec: SandboxSpec): Promise<Sandbox> {
    checkSpec(spec);
    if (released.signal.aborted) throw new PortError("Parley is stopping.", { code: "closed", retryable: false });
    const settings = await settingsNow();
    const begin = async () => (await takeHold(spec, settings)) ?? (await make(spec, settings));
    return within(begin(), { clock, timeoutMs: startTimeoutMs, doing: `Starting the sandbox ${spec.id}` });
  }

  /** Resolves when it is gone, also if another process is removing it. */
  async function removeContainer(id: string): Promise<void> {
    const container = containerOf(id);
    const gone = container.wait({ condition: "removed" });
    gone.catch(() => {});
    const removed = await unless(
      container.remove({ force: true }).then(() => true),
      404,
      409,
    );
    if (removed === undefined) await unless(gone, 404);
  }

  /** A container with the name but without the label is not Parley's. */
  async function remove(id: string, volumes: boolean): Promise<void> {
    if (!isSandboxId(id)) return;
    const container = await unless(containerOf(id).inspect(), 404);
    if (container && isOwn(container.Config.Labels)) await removeContainer(id);
    for (const folder of volumes ? (Object.keys(volumeFolders) as VolumeFolder[]) : []) {
      const volume = docker.getVolume(naming.volumeName(id, folder));
      const info = await unless(volume.inspect(), 404);
      if (info && isOwn(info.Labels)) await unless(volume.remove(), 404);
    }
  }

  async function homes(): Promise<{ id: string; labels: Record<string, string> }[]> {
    const call = docker.listVolumes({ filters: { label: [naming.ownLabel] } });
    const { Volumes: volumes } = await within(call, { clock, timeoutMs: callTimeoutMs, doing: "Listing the homes" });
    const byId = new Map<string, Record<string, string>>();
    for (const { Labels: labels } of volumes ?? [])
      if (labels[sandboxLabel] !== undefined) byId.set(labels[sandboxLabel], ofSpec(labels));
    return Array.from(byId, ([id, labels]) => ({ id, labels }));
  }

  function isOwn(labels: Record<string, string> | null): boolean {
    return labels?.[installationLabel] === installationId;
  }

  const doing = <T>(what: string, call: () => Promise<T>): Promise<T> =>
    call().catch((error: unknown) => {
      throw toPortError(error, what);
    });

  return {
    start: (spec) => queues.run(spec.id, () => doing(`Starting the sandbox ${spec.id}`, () => start(spec))),
    list: () =>
      doing("Listing the sandboxes", async () => {
        const call = docker.listContainers({ all: true, filters: { label: [naming.ownLabel] } });
        return (await within(call, { clock, timeoutMs: callTimeoutMs, doing: "Listing the sandboxes" })).map(entryOf);
      }),
    homes: () => doing("Listing the homes of agents", homes),
    remove: (id, { volumes }) => queues.run(id, () => doing(`Removing the sandbox ${id}`, () => remove(id, volumes))),
    check: () => checkEngine({ docker, image, canMakeImage: options.ensureImage !== undefined, clock }),
    close: async () => released.abort(),
  };
}

function isolationFailed(id: string, walls: readonly string[], kept: string): PortError {
  const text = `The sandbox ${id} was refused, because these walls do not stand: ${walls.join("; ")}. ${kept}; it was removed, its home is kept. Look at the Docker engine's settings.`;
  return refused(text);
}

type Listed = Awaited<ReturnType<Sandboxes["list"]>>[number];

function entryOf({ Labels: labels, State: state }: { Labels: Record<string, string>; State: string }): Listed {
  return {
    id: labels[sandboxLabel] ?? "",
    labels: ofSpec(labels),
    state: state === "running" || state === "paused" ? state : "exited",
  };
}

/** Those among a container's or volume's labels that came with the spec. */
function ofSpec(labels: Record<string, string>): Record<string, string> {
  const own = Object.entries(labels).filter(([key]) => key.startsWith(specLabelPrefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(specLabelPrefix.length), value]));
}
