import type Docker from "dockerode";
import type { Clock } from "../../src/ports/clock.js";
import type { Sandboxes } from "../../src/ports/sandboxes.js";
import { isSandboxId } from "./check-spec.js";
import {
  type createNaming,
  installationLabel,
  sandboxLabel,
  specLabelPrefix,
  type VolumeFolder,
  volumeFolders,
} from "./container-config.js";
import { unless, within } from "./engine-errors.js";

const callTimeoutMs = 30_000;
const removeAttempts = 20;
const removeAgainMs = 250;

/** Containers and volumes of this installation on the engine. What has the name but not the label belongs to somebody else and is left alone. */
export interface OwnedByInstallation {
  isOwn(labels: Record<string, string> | null): boolean;
  /** Resolves when the container is gone, also where somebody else is removing it. */
  removeContainer(id: string): Promise<void>;
  /** Removes the container of a sandbox, with `volumes` its folders too. */
  remove(id: string, volumes: boolean): Promise<void>;
  list: Sandboxes["list"];
  homes: Sandboxes["homes"];
}

export function createOwnedByInstallation(options: {
  docker: Docker;
  naming: ReturnType<typeof createNaming>;
  installationId: string;
  clock: Clock;
}): OwnedByInstallation {
  const { docker, naming, installationId, clock } = options;
  const ofInstallation = { filters: { label: [naming.ownLabel] } };
  const isOwn: OwnedByInstallation["isOwn"] = (labels) => labels?.[installationLabel] === installationId;

  const removeContainer = (id: string) => removeWholly(docker.getContainer(naming.containerName(id)));

  /** While a volume is counted, a container uses it for a moment. */
  async function removeVolume(volume: Docker.Volume): Promise<void> {
    for (let attempt = 1; attempt < removeAttempts; attempt++) {
      const removed = await unless(
        unless(volume.remove(), 404).then(() => true),
        409,
      );
      if (removed) return;
      await new Promise<void>((resolve) => clock.after(removeAgainMs, resolve));
    }
    await unless(volume.remove(), 404);
  }

  async function remove(id: string, volumes: boolean): Promise<void> {
    if (!isSandboxId(id)) return;
    const container = await unless(docker.getContainer(naming.containerName(id)).inspect(), 404);
    if (container && isOwn(container.Config.Labels)) await removeContainer(id);
    for (const folder of volumes ? (Object.keys(volumeFolders) as VolumeFolder[]) : []) {
      const volume = docker.getVolume(naming.volumeName(id, folder));
      const info = await unless(volume.inspect(), 404);
      if (info && isOwn(info.Labels)) await removeVolume(volume);
    }
  }

  async function list(): ReturnType<Sandboxes["list"]> {
    const call = docker.listContainers({ all: true, ...ofInstallation });
    return (await within(call, { clock, timeoutMs: callTimeoutMs, doing: "Listing the sandboxes" })).map(entryOf);
  }

  async function homes(): ReturnType<Sandboxes["homes"]> {
    const call = docker.listVolumes(ofInstallation);
    const { Volumes: volumes } = await within(call, { clock, timeoutMs: callTimeoutMs, doing: "Listing the homes" });
    const byId = new Map<string, Record<string, string>>();
    for (const { Labels: labels } of volumes ?? [])
      if (labels[sandboxLabel] !== undefined) byId.set(labels[sandboxLabel], ofSpec(labels));
    return Array.from(byId, ([id, labels]) => ({ id, labels }));
  }

  return { isOwn, removeContainer, remove, list, homes };
}

/** Removes a container, running or not. Resolves when it is gone, also where somebody else is removing it. */
export async function removeWholly(container: Docker.Container): Promise<void> {
  const gone = container.wait({ condition: "removed" });
  gone.catch(() => {});
  const removed = await unless(
    container.remove({ force: true }).then(() => true),
    404,
    409,
  );
  if (removed === undefined) await unless(gone, 404);
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
