import type { ContainerInspectInfo } from "dockerode";
import type { SandboxSpec } from "../../src/ports/sandboxes.js";
import {
  agentUser,
  type ContainerSettings,
  hostConfigOf,
  type Mount,
  mountsOf,
  type Naming,
} from "./container-config.js";

/** Of `/containers/:id/json`, what @types/dockerode does not know. */
interface MoreHostConfig {
  CgroupnsMode?: string;
  Sysctls?: Record<string, string> | null;
}

export interface ExpectedWalls {
  spec: SandboxSpec;
  settings: ContainerSettings;
  naming: Naming;
}

const isEmpty = (value: unknown): boolean => value == null || Object.keys(value).length === 0;

/** A wall by name, and whether the engine says it stands. */
type WallCheck = readonly [wall: string, stands: boolean];

/** Names of the walls that the engine built another way than they were ordered, or that somebody changed since. */
export function brokenWalls(found: ContainerInspectInfo, expected: ExpectedWalls): string[] {
  const checks = [...processWalls(found, expected), ...isolationWalls(found), ...limitWalls(found, expected)];
  const broken = checks.filter(([, stands]) => !stands).map(([wall]) => wall);
  return [...broken, ...mountProblems(found, mountsOf(expected.spec, expected.naming))];
}

function processWalls(
  { HostConfig: host, Config: config }: ContainerInspectInfo,
  expected: ExpectedWalls,
): WallCheck[] {
  const security = (host.SecurityOpt ?? []) as string[];
  const dropped = (host.CapDrop ?? []) as string[];
  return [
    ["the user is 1000:1000", config.User === agentUser],
    ["not privileged", host.Privileged === false],
    ["all capabilities are dropped", isEmpty(host.CapAdd) && dropped.length === 1 && dropped[0] === "ALL"],
    ["no new privileges, default seccomp and AppArmor", security.length === 1 && security[0] === "no-new-privileges"],
    ["kernel files are masked", !isEmpty(host.MaskedPaths) && !isEmpty(host.ReadonlyPaths)],
    ["no groups are added", isEmpty(host.GroupAdd)],
    ["no terminal, input stays open", !config.Tty && config.OpenStdin && !config.StdinOnce],
    ["the image is the one that was checked", found(expected.settings.imageId)],
  ];

  function found(imageId: string): boolean {
    return config.Image === imageId;
  }
}

function isolationWalls({ HostConfig, NetworkSettings }: ContainerInspectInfo): WallCheck[] {
  const host = HostConfig as Omit<typeof HostConfig, keyof MoreHostConfig> & MoreHostConfig;
  const networks = Object.keys(NetworkSettings.Networks ?? {});
  const isNone = host.NetworkMode === "none" && networks.every((name) => name === "none");
  return [
    ["no network", isNone && isEmpty(host.PortBindings) && host.PublishAllPorts === false],
    ["the root is read-only", host.ReadonlyRootfs === true],
    ["processes of its own", host.PidMode === "" && host.IpcMode === "private"],
    ["host name and users of its own", host.UTSMode === "" && host.UsernsMode === ""],
    ["control groups of its own", host.CgroupnsMode === undefined || host.CgroupnsMode === "private"],
    ["no devices", isEmpty(host.Devices) && isEmpty(host.DeviceRequests) && isEmpty(host.DeviceCgroupRules)],
    ["no kernel settings", isEmpty(host.Sysctls)],
    ["no volumes of others", isEmpty(host.VolumesFrom) && isEmpty(host.Binds)],
  ];
}

function limitWalls({ HostConfig: host }: ContainerInspectInfo, expected: ExpectedWalls): WallCheck[] {
  const wanted = hostConfigOf(expected.spec, expected.settings);
  const isLogged =
    host.LogConfig?.Type === wanted.LogConfig.Type &&
    JSON.stringify(sorted(host.LogConfig.Config)) === JSON.stringify(sorted(wanted.LogConfig.Config));
  return [
    ["the memory limit", host.Memory === wanted.Memory && host.OomKillDisable !== true],
    ["no swap", host.MemorySwap === wanted.MemorySwap || !expected.settings.limitsSwap],
    ["the CPU limit", host.NanoCpus === wanted.NanoCpus],
    ["the process limit", host.PidsLimit === wanted.PidsLimit],
    ["the log limit", isLogged],
    ["no restart by itself", host.RestartPolicy?.Name === "no"],
    ["only /tmp is a memory disk", JSON.stringify(host.Tmpfs) === JSON.stringify(wanted.Tmpfs)],
  ];
}

function sorted(config: Record<string, string>): [string, string][] {
  return Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Exactly the mounts that were ordered: the engine's socket or a folder of the host among them is a broken wall. */
function mountProblems(found: ContainerInspectInfo, wanted: readonly Mount[]): string[] {
  const mounts = found.Mounts.filter(({ Type }) => Type !== "tmpfs");
  const missing = wanted.filter(({ Target, Source, Type, ReadOnly }) => {
    const mount = mounts.find(({ Destination }) => Destination === Target);
    const source = Type === "volume" ? mount?.Name : mount?.Source;
    return mount?.Type !== Type || source !== Source || mount.RW === ReadOnly;
  });
  const extra = mounts.filter(({ Destination }) => !wanted.some(({ Target }) => Target === Destination));
  return [
    ...missing.map(({ Target }) => `the mount at ${Target}`),
    ...extra.map(({ Destination }) => `nothing else is mounted (found ${Destination})`),
  ];
}
