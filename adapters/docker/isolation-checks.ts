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

/** Fields of `/containers/:id/json` missing in @types/dockerode. */
interface MoreHostConfig {
  CgroupnsMode?: string;
  Sysctls?: Record<string, string> | null;
}

export interface ExpectedIsolation {
  spec: SandboxSpec;
  settings: ContainerSettings;
  naming: Naming;
}

const isEmpty = (value: unknown): boolean => value == null || Object.keys(value).length === 0;

/** An isolation check by name, and whether it passed. */
type IsolationCheck = readonly [name: string, passed: boolean];

/** Names of the checks that fail because the engine configured the container differently or it was changed since. */
export function failedIsolationChecks(found: ContainerInspectInfo, expected: ExpectedIsolation): string[] {
  const checks = [...processChecks(found, expected), ...namespaceChecks(found), ...limitChecks(found, expected)];
  const broken = checks.filter(([, passed]) => !passed).map(([name]) => name);
  return [...broken, ...mountProblems(found, mountsOf(expected.spec, expected.naming))];
}

function processChecks(
  { HostConfig: host, Config: config }: ContainerInspectInfo,
  expected: ExpectedIsolation,
): IsolationCheck[] {
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

function namespaceChecks({ HostConfig, NetworkSettings }: ContainerInspectInfo): IsolationCheck[] {
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

function limitChecks({ HostConfig: host }: ContainerInspectInfo, expected: ExpectedIsolation): IsolationCheck[] {
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

/** The container must have exactly the configured mounts: an extra one, such as the engine's socket, breaks isolation. */
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
