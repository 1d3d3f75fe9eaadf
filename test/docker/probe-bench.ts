import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import Docker, { type Container, type Network } from "dockerode";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../adapters/docker/image/claude-code-release.js";
import { execute } from "../../adapters/docker/sandbox.js";

/** The reply of every target; nothing else is ever contacted. */
export const marker = "parley-probe-target";

/** Addresses that represent the internet and the metadata services of clouds; they exist on networks of this bench alone. */
export const standIns = { internet: "203.0.113.10", metadata: "169.254.169.254", metadata6: "fd00:ec2::254" } as const;

export type Run = (command: readonly string[]) => Promise<{ code: number; output: string }>;

export interface ProbeBench {
  docker: Docker;
  /** Runs a command in an ordinary container: on the default bridge, on the host's network, on the networks of the targets. */
  bridge: Run;
  host: Run;
  standIns: Run;
  /** Servers of this machine: on every address, and on the loopback address alone. */
  everywherePort: number;
  loopbackPort: number;
  /** IPv4 addresses of this machine that are not loopback. */
  ownAddresses: readonly string[];
  /** Address of a container on the default bridge that answers at port 80. */
  neighbour: string;
  /** Name of the target, known on its own networks. */
  targetName: string;
  /** Starts an ordinary container with a folder mounted at `/mnt`, and runs a command in it. */
  withFolder(folder: string, command: readonly string[]): Promise<{ code: number; output: string }>;
  /** Data that arrived at the target's port 53. */
  datagrams(): Promise<string>;
  stop(): Promise<void>;
}

const image = agentImageTag(CLAUDE_CODE_VERSION);
const idle = ["sleep", "600"];
const answering = [
  "sh",
  "-c",
  `socat TCP4-LISTEN:80,fork,reuseaddr SYSTEM:'echo ${marker}' & socat TCP6-LISTEN:80,ipv6only,fork,reuseaddr SYSTEM:'echo ${marker}' & exec socat -u UDP4-RECVFROM:53,fork OPEN:/datagrams,creat,append`,
];

/** One TCP connection: the peer's reply, or the error. The same command inside and outside. */
export const tcpProbe = (address: string, port: number): string[] => [
  ...["timeout", "10", "bash", "-c"],
  'exec 3<>"/dev/tcp/$0/$1" && printf "GET / HTTP/1.0\\r\\n\\r\\n" >&3 && cat <&3',
  ...[address, String(port)],
];

/** One datagram with a text in it. */
export const udpProbe = (address: string, text: string): string[] => [
  ...["timeout", "10", "bash", "-c", 'printf "%s\\n" "$1" > "/dev/udp/$0/53"', address, text],
];

async function listen(address: string): Promise<Server> {
  const server = createServer((_request, response) => response.end(marker));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, address, resolve));
  return server;
}

/** Servers, networks and ordinary containers to probe against. */
export async function startProbeBench(): Promise<ProbeBench> {
  const docker = new Docker();
  const name = (what: string) => `parley-probe-${what}-${randomBytes(4).toString("hex")}`;
  const containers: Container[] = [];
  const networks: Network[] = [];
  const servers: Server[] = [];

  const begin = async (command: readonly string[], networkMode: string, binds: string[] = []): Promise<Container> => {
    const container = await docker.createContainer({
      name: name("box"),
      Image: image,
      User: "0",
      Entrypoint: ["tini", "--"],
      Cmd: [...command],
      HostConfig: { NetworkMode: networkMode, Binds: binds },
    });
    containers.push(container);
    await container.start();
    return container;
  };
  const runIn =
    (container: Container): Run =>
    async (command) => {
      const { code, stdout, stderr } = await execute(container, command);
      return { code, output: stdout + stderr };
    };
  /** Without an address for the host and without a way out. */
  const makeNetwork = async (subnets: readonly string[]): Promise<Network> => {
    const network = await docker.createNetwork({
      Name: name("net"),
      Internal: true,
      EnableIPv6: subnets.length > 1,
      IPAM: { Driver: "default", Config: subnets.map((Subnet) => ({ Subnet })) },
      Options: { "com.docker.network.bridge.inhibit_ipv4": "true" },
    });
    networks.push(network);
    return network;
  };
  const join = (network: Network, container: Container, address: Record<string, string>) =>
    network.connect({ Container: container.id, EndpointConfig: { IPAMConfig: address } });

  const stop = async (): Promise<void> => {
    for (const server of servers) server.close();
    await Promise.all(containers.map((container) => container.remove({ force: true, v: true })));
    for (const network of networks) await network.remove();
  };

  try {
    for (const address of ["0.0.0.0", "127.0.0.1"]) servers.push(await listen(address));
    const [everywherePort = 0, loopbackPort = 0] = servers.map((server) => (server.address() as AddressInfo).port);
    const target = await begin(answering, "bridge");
    const meta = await makeNetwork(["169.254.169.0/24", "fd00:ec2::/64"]);
    const internet = await makeNetwork(["203.0.113.0/24"]);
    await join(meta, target, { IPv4Address: standIns.metadata, IPv6Address: standIns.metadata6 });
    await join(internet, target, { IPv4Address: standIns.internet });
    const outside = await begin(idle, "none");
    await docker.getNetwork("none").disconnect({ Container: outside.id, Force: true });
    await join(meta, outside, {});
    await join(internet, outside, {});
    const [bridge, host] = [await begin(idle, "bridge"), await begin(idle, "host")];
    const ownAddresses = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === "IPv4" && !internal)
      .map(({ address }) => address);
    const { Name: targetName, NetworkSettings: settings } = await target.inspect();
    return {
      docker,
      targetName: targetName.slice(1),
      bridge: runIn(bridge),
      host: runIn(host),
      standIns: runIn(outside),
      everywherePort,
      loopbackPort,
      ownAddresses,
      neighbour: settings.Networks.bridge?.IPAddress ?? "",
      withFolder: async (folder, command) => runIn(await begin(idle, "bridge", [`${folder}:/mnt`]))(command),
      datagrams: async () => (await runIn(target)(["cat", "/datagrams"])).output,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
