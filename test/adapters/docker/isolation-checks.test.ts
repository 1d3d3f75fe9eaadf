import type { ContainerInspectInfo } from "dockerode";
import { describe, expect, test } from "vitest";
import {
  agentUser,
  type ContainerSettings,
  createNaming,
  hostConfigOf,
  mountsOf,
} from "../../../adapters/docker/container-config.js";
import { failedIsolationChecks } from "../../../adapters/docker/isolation-checks.js";
import type { SandboxSpec } from "../../../src/ports/sandboxes.js";

const naming = createNaming("inst");
const settings: ContainerSettings = { imageId: "sha256:1", tmpMb: 256, logMb: 8, logFiles: 2, limitsSwap: true };
const spec: SandboxSpec = {
  id: "r1-mia",
  labels: {},
  command: ["cat"],
  env: {},
  limits: { memoryMb: 64, cpus: 0.5, pids: 32 },
  socketDir: "/var/lib/parley/sockets/r1-mia",
};

type Found = { Type: string; Destination: string; RW: boolean; Source: string; Name?: string };

/** A container as the engine shows it when it was made as ordered, with `mounts` beside its own. */
function inspected(
  mounts: readonly Found[] = [],
  change: (own: Found[]) => Found[] = (own) => own,
): ContainerInspectInfo {
  const own = mountsOf(spec, naming).map(
    ({ Type, Source, Target, ReadOnly }): Found =>
      Type === "volume"
        ? { Type, Name: Source, Source: `/var/lib/docker/volumes/${Source}/_data`, Destination: Target, RW: !ReadOnly }
        : { Type, Source, Destination: Target, RW: !ReadOnly },
  );
  return {
    Config: { User: agentUser, Tty: false, OpenStdin: true, StdinOnce: false, Image: settings.imageId },
    HostConfig: {
      ...hostConfigOf(spec, settings),
      OomKillDisable: false,
      UTSMode: "",
      UsernsMode: "",
      MaskedPaths: ["/proc/kcore"],
      ReadonlyPaths: ["/proc/sys"],
    },
    NetworkSettings: { Networks: { none: {} } },
    Mounts: [...change(own), ...mounts],
  } as unknown as ContainerInspectInfo;
}

const check = (found: ContainerInspectInfo) => failedIsolationChecks(found, { spec, settings, naming });

describe("the mounts of a container", () => {
  test("are right when they are those that were ordered", () => {
    expect(check(inspected())).toEqual([]);
  });

  test.each<[string, Found]>([
    ["a read-only folder of the host", { Type: "bind", Source: "/etc", Destination: "/mnt/etc", RW: false }],
    ["a writable folder of the host", { Type: "bind", Source: "/srv", Destination: "/mnt/srv", RW: true }],
    [
      "the socket of the engine",
      { Type: "bind", Source: "/var/run/docker.sock", Destination: "/docker.sock", RW: true },
    ],
    [
      "a volume of somebody else",
      { Type: "volume", Name: "other", Source: "/v/other", Destination: "/data", RW: false },
    ],
    ["a folder below an ordered one", { Type: "bind", Source: "/etc", Destination: "/work/etc", RW: false }],
  ])("may not hold %s too", (_what, extra) => {
    expect(check(inspected([extra]))).toEqual([`nothing else is mounted (found ${extra.Destination})`]);
  });

  test.each<[string, (own: Found[]) => Found[], string]>([
    ["miss one", (own) => own.slice(1), "the mount at /home/agent"],
    [
      "have the volume of another agent",
      (own) =>
        own.map((mount) => (mount.Destination === "/work" ? { ...mount, Name: "parley-inst-r2-mia-work" } : mount)),
      "the mount at /work",
    ],
    [
      "be writable where they were ordered read-only",
      (own) => own.map((mount) => (mount.Type === "bind" ? { ...mount, RW: true } : mount)),
      "the mount at /run/parley",
    ],
  ])("may not %s", (_what, change, problem) => {
    expect(check(inspected([], change))).toEqual([problem]);
  });
});

describe("a container that was changed since it was ordered", () => {
  test.each<[string, (found: ContainerInspectInfo) => void, string]>([
    ["is privileged", ({ HostConfig }) => Object.assign(HostConfig, { Privileged: true }), "not privileged"],
    [
      "has a capability",
      ({ HostConfig }) => Object.assign(HostConfig, { CapAdd: ["NET_ADMIN"] }),
      "all capabilities are dropped",
    ],
    ["has a network", ({ HostConfig }) => Object.assign(HostConfig, { NetworkMode: "bridge" }), "no network"],
    [
      "has a writable root",
      ({ HostConfig }) => Object.assign(HostConfig, { ReadonlyRootfs: false }),
      "the root is read-only",
    ],
    ["runs as root", ({ Config }) => Object.assign(Config, { User: "0:0" }), "the user is 1000:1000"],
    [
      "shares the host's processes",
      ({ HostConfig }) => Object.assign(HostConfig, { PidMode: "host" }),
      "processes of its own",
    ],
  ])("%s: the check says so", (_what, change, problem) => {
    const found = inspected();
    change(found);
    expect(check(found)).toEqual([problem]);
  });
});
