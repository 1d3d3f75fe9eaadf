import Docker, { type ContainerCreateOptions } from "dockerode";
import type { Clock } from "../../src/ports/clock.js";
import type { DiskUsage } from "../../src/ports/disk-usage.js";
import { PortError } from "../../src/ports/port-error.js";
import { createNaming, sandboxLabel, type VolumeFolder, volumeFolders } from "./container-config.js";
import { toEngineError, within } from "./engine-errors.js";
import { splitOutput } from "./frames.js";
import { removeWholly } from "./owned.js";

export interface DockerDiskUsageOptions {
  /** As that of the sandboxes. */
  installationId: string;
  /** Tag or id of the agents' image, of which `sh` and `du` are used. */
  image: string;
  /** Default: as DOCKER_HOST says, or the engine's usual socket. */
  docker?: Docker;
  clock: Clock;
}

/** Of a container that counts. It is not a sandbox, so it has none of their labels. */
const countingLabel = "dev.parley.disk-usage";
/** One folder that takes longer is not counted. */
const folderSeconds = 20;
/** Sandboxes of one container: their folders are its mounts. */
const maxAtOnce = 50;
const callTimeoutMs = 30_000;
/** Every file costs its blocks and this, because a file system holds a limited number of them. */
const fileBytes = 1_024;

/** Prints for each folder of `/count` its name, kibibytes and number of files; a number that could not be had is missing. */
const script = `for folder in /count/*; do
  kib=$(timeout ${folderSeconds} du -skx -- "$folder" 2>/dev/null) || [ $? -eq 1 ] || kib=
  files=$(timeout ${folderSeconds} du -sx --inodes -- "$folder" 2>/dev/null) || [ $? -eq 1 ] || files=
  printf '%s %s %s\\n' "\${folder##*/}" "\${kib%%[!0-9]*}" "\${files%%[!0-9]*}"
done`;

/**
 * Counts volumes in a short-lived container of the same engine, wherever that is: it has the agents' volumes read-only, no network, and the one
 * capability to read what an agent locked away from everybody. Agents' containers take no part in it, so they cannot hinder or mislead it.
 */
export function createDockerDiskUsage(options: DockerDiskUsageOptions): DiskUsage {
  const { installationId, image, docker = new Docker(), clock } = options;
  const naming = createNaming(installationId);
  const label = `${countingLabel}=${installationId}`;
  let isClean = false;

  /** Containers that were made and never started, because their process ended between the two. */
  async function removeLeft(): Promise<void> {
    if (isClean) return;
    for (const { Id } of await docker.listContainers({ all: true, filters: { label: [label] } }))
      await removeWholly(docker.getContainer(Id));
    isClean = true;
  }

  async function run(volumes: readonly AgentVolume[]): Promise<string> {
    const container = await docker.createContainer(countingContainer({ image, installationId, volumes }));
    try {
      // Attached before it starts, because the engine keeps nothing of it after its end.
      const output = wholeOutput(await container.attach({ stream: true, stdout: true, stderr: true }));
      output.catch(() => {});
      await container.start();
      const timeoutMs = (2 * volumes.length * folderSeconds + 10) * 1_000;
      const printed = await within(output, { clock, timeoutMs, doing: "Counting what agents have on disk" });
      return splitOutput(printed).stdout.toString("utf8");
    } finally {
      await removeWholly(container);
    }
  }

  async function count(ids: readonly string[]): Promise<Map<string, number | undefined>> {
    await removeLeft();
    const call = docker.listVolumes({ filters: { label: [naming.ownLabel] } });
    const { Volumes: all } = await within(call, { clock, timeoutMs: callTimeoutMs, doing: "Listing the homes" });
    const labelsOf = new Map((all ?? []).map(({ Name, Labels }) => [Name, Labels]));
    const found = new Map<string, number | undefined>();
    for (let at = 0; at < ids.length; at += maxAtOnce) {
      const volumes = ids.slice(at, at + maxAtOnce).flatMap((id) => volumesOf(id, { naming, labelsOf }));
      if (volumes.length > 0) for (const [id, bytes] of sizesIn(await run(volumes), volumes)) found.set(id, bytes);
    }
    return found;
  }

  return {
    count: (ids) =>
      count(ids).catch((error: unknown) => {
        throw toEngineError(error, "Counting what agents have on disk");
      }),
  };
}

async function wholeOutput(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

interface AgentVolume {
  id: string;
  name: string;
  labels: Record<string, string>;
}

/** Those of a sandbox's two volumes that exist: a mount would make the others. */
function volumesOf(
  id: string,
  { naming, labelsOf }: { naming: ReturnType<typeof createNaming>; labelsOf: Map<string, Record<string, string>> },
): AgentVolume[] {
  return (Object.keys(volumeFolders) as VolumeFolder[]).flatMap((folder) => {
    const name = naming.volumeName(id, folder);
    const labels = labelsOf.get(name);
    return labels?.[sandboxLabel] === id ? [{ id, name, labels }] : [];
  });
}

function countingContainer(given: {
  image: string;
  installationId: string;
  volumes: readonly AgentVolume[];
}): ContainerCreateOptions {
  const { image, installationId, volumes } = given;
  const memoryBytes = 256 * 1_024 * 1_024;
  const mounts = volumes.map(({ name, labels }, index) => ({
    Type: "volume",
    Source: name,
    Target: `/count/${index}`,
    ReadOnly: true,
    // Should the volume be removed at this moment, the engine makes it again: with its labels it is removed like the others.
    VolumeOptions: { NoCopy: true, Labels: labels },
  }));
  return {
    Image: image,
    Entrypoint: ["/bin/sh", "-c", script],
    Cmd: [],
    Env: ["PATH=/usr/bin:/bin", "LC_ALL=C"],
    User: "0:0",
    WorkingDir: "/",
    Labels: { [countingLabel]: installationId },
    NetworkDisabled: true,
    HostConfig: {
      NetworkMode: "none",
      CapDrop: ["ALL"],
      CapAdd: ["DAC_READ_SEARCH"],
      SecurityOpt: ["no-new-privileges"],
      ReadonlyRootfs: true,
      Memory: memoryBytes,
      MemorySwap: memoryBytes,
      NanoCpus: 1e9,
      PidsLimit: 32,
      // A process that is killed while it counts leaves nothing that keeps a volume in use.
      AutoRemove: true,
      LogConfig: { Type: "none", Config: {} },
      // @types/dockerode wants fields in a volume mount that the engine does not.
      Mounts: mounts as never,
    },
  };
}

/** Reads what the script printed. A sandbox of which one folder could not be counted is not counted. */
function sizesIn(output: string, volumes: readonly AgentVolume[]): Map<string, number | undefined> {
  const byIndex = new Map<number, number>();
  for (const [, index, kib, files] of output.matchAll(/^(\d+) (\d+) (\d+)$/gm))
    byIndex.set(Number(index), Number(kib) * 1_024 + Number(files) * fileBytes);
  if (byIndex.size === 0) {
    const text = "Counting what agents have on disk failed: the agents' image has no `du` that can do it.";
    throw new PortError(text, { code: "unavailable", retryable: true });
  }
  const sizes = new Map<string, number | undefined>();
  volumes.forEach(({ id }, index) => {
    const [before, bytes] = [sizes.has(id) ? sizes.get(id) : 0, byIndex.get(index)];
    sizes.set(id, before === undefined || bytes === undefined ? undefined : before + bytes);
  });
  return sizes;
}
