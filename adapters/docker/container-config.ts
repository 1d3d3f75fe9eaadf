import { createHash } from "node:crypto";
import type { ContainerCreateOptions, MountConfig } from "dockerode";
import type { SandboxSpec } from "../../src/ports/sandboxes.js";

/** Names and labels by which an installation recognises its own objects. */
export interface Naming {
  containerName(id: string): string;
  volumeName(id: string, folder: VolumeFolder): string;
  labels(id: string): Record<string, string>;
  /** Filter of the engine's lists. */
  readonly ownLabel: string;
}

export type VolumeFolder = "home" | "work";
export const volumeFolders: Readonly<Record<VolumeFolder, string>> = { home: "/home/agent", work: "/work" };

export const installationLabel = "dev.parley.installation";
export const sandboxLabel = "dev.parley.sandbox";
/** Before the labels of a spec, so that they never mix with ours. */
export const specLabelPrefix = "dev.parley.label.";
/** Label with the digest of the isolation settings. A running container with another digest is replaced. */
export const isolationLabel = "dev.parley.walls";

export const socketMountPoint = "/run/parley";
export const readOnlyMountPoint = "/parley";
export const agentUser = "1000:1000";

export function createNaming(installationId: string): Naming {
  return {
    containerName: (id) => `parley-${installationId}-${id}`,
    volumeName: (id, folder) => `parley-${installationId}-${id}-${folder}`,
    labels: (id) => ({ [installationLabel]: installationId, [sandboxLabel]: id }),
    ownLabel: `${installationLabel}=${installationId}`,
  };
}

/** Settings shared by all sandboxes of an installation. */
export interface ContainerSettings {
  /** Id of the image (`sha256:…`), not a tag that may move. */
  imageId: string;
  /** Of `/tmp`; it counts as memory of the sandbox. */
  tmpMb: number;
  /** Kept output: this much a file, `logFiles` files. */
  logMb: number;
  logFiles: number;
  /** False: the engine's kernel counts no swap, so it cannot be limited. */
  limitsSwap: boolean;
}

const bytesPerMb = 1_024 * 1_024;
export const bytesOf = (mb: number): number => Math.round(mb * bytesPerMb);

/** An engine may lower its own limit, and not every engine may raise it. */
const openFiles = 4_096;
/** Python's multiprocessing and browsers need some. */
const sharedMemoryMb = 64;

/** One of the engine's `Mounts`. */
export interface Mount {
  Type: "volume" | "bind";
  Source: string;
  Target: string;
  ReadOnly: boolean;
  VolumeOptions?: { Labels: Record<string, string> };
  BindOptions?: { Propagation: "rprivate" };
}

export function mountsOf(spec: SandboxSpec, naming: Naming): Mount[] {
  const volumes = Object.entries(volumeFolders).map(
    ([folder, target]): Mount => ({
      Type: "volume",
      Source: naming.volumeName(spec.id, folder as VolumeFolder),
      Target: target,
      ReadOnly: folder === "work" && spec.readOnlyWork === true,
      VolumeOptions: { Labels: { ...naming.labels(spec.id), ...specLabels(spec) } },
    }),
  );
  const bind = (source: string | undefined, target: string): Mount[] =>
    source === undefined
      ? []
      : [
          {
            Type: "bind",
            Source: source,
            Target: target,
            ReadOnly: true,
            BindOptions: { Propagation: "rprivate" },
          },
        ];
  return [...volumes, ...bind(spec.socketDir, socketMountPoint), ...bind(spec.readOnlyDir, readOnlyMountPoint)];
}

/** The part of the configuration that isolates the container; `CgroupnsMode` is missing in @types/dockerode. */
export function hostConfigOf(spec: SandboxSpec, settings: ContainerSettings) {
  const memoryBytes = bytesOf(spec.limits.memoryMb);
  return {
    NetworkMode: "none",
    Privileged: false,
    CapAdd: [],
    CapDrop: ["ALL"],
    // Neither seccomp nor AppArmor is named, so the engine's default profiles hold.
    SecurityOpt: ["no-new-privileges"],
    ReadonlyRootfs: true,
    Tmpfs: { "/tmp": `rw,nosuid,nodev,noexec,size=${settings.tmpMb}m,mode=1777` },
    IpcMode: "private",
    ShmSize: bytesOf(sharedMemoryMb),
    CgroupnsMode: "private",
    PidMode: "",
    // Equal: no swap on top.
    Memory: memoryBytes,
    MemorySwap: memoryBytes,
    NanoCpus: Math.round(spec.limits.cpus * 1e9),
    PidsLimit: spec.limits.pids,
    // On a host short of memory agents go before the router.
    OomScoreAdj: 500,
    Ulimits: [
      { Name: "nofile", Soft: openFiles, Hard: openFiles },
      { Name: "core", Soft: 0, Hard: 0 },
    ],
    LogConfig: {
      Type: "json-file",
      Config: { "max-size": `${settings.logMb}m`, "max-file": String(settings.logFiles) },
    },
    RestartPolicy: { Name: "no" },
    AutoRemove: false,
    PublishAllPorts: false,
  };
}

/** Changes with every isolation setting. Command and environment are not part of it. */
export function isolationDigest(spec: SandboxSpec, options: { settings: ContainerSettings; naming: Naming }): string {
  const { settings, naming } = options;
  const walls = { image: settings.imageId, host: hostConfigOf(spec, settings), mounts: mountsOf(spec, naming) };
  return createHash("sha256").update(JSON.stringify(walls)).digest("hex");
}

/** On the home volume, because `/tmp` is mounted noexec and tests of compiled languages run their binaries. The main process makes the folder. */
const temporaryFolder = `${volumeFolders.home}/.tmp`;
const temporaryFolders = { TMPDIR: temporaryFolder, GOTMPDIR: temporaryFolder };

function specLabels(spec: SandboxSpec): Record<string, string> {
  return Object.fromEntries(Object.entries(spec.labels).map(([key, value]) => [`${specLabelPrefix}${key}`, value]));
}

/** The whole request of one sandbox, as an object: nothing in it is ever read by a shell. */
export function containerConfig(
  spec: SandboxSpec,
  options: { settings: ContainerSettings; naming: Naming },
): ContainerCreateOptions {
  const { settings, naming } = options;
  // @types/dockerode wants fields in a volume mount that the engine does not.
  const Mounts = mountsOf(spec, naming) as MountConfig;
  return {
    name: naming.containerName(spec.id),
    Image: settings.imageId,
    Hostname: "agent",
    User: agentUser,
    WorkingDir: volumeFolders.work,
    Cmd: [...spec.command],
    Env: Object.entries({ ...temporaryFolders, ...spec.env }).map(([key, value]) => `${key}=${value}`),
    Labels: {
      ...specLabels(spec),
      ...naming.labels(spec.id),
      [isolationLabel]: isolationDigest(spec, options),
    },
    Tty: false,
    OpenStdin: true,
    // With StdinOnce the main process would end with the connection of a router that restarts.
    StdinOnce: false,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: { ...hostConfigOf(spec, settings), Mounts },
  };
}
