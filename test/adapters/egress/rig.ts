import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEgress, type EgressOptions } from "../../../adapters/egress/egress.js";
import { isForbidden } from "../../../adapters/kit/public-addresses.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import type { EgressTarget } from "../../../src/core/values/egress.js";
import type { EgressEnd } from "../../../src/ports/egress.js";
import { agentSocketName, createAgentSockets } from "../../../src/runtime/sandbox/agent-sockets.js";
import { realClock } from "../../support/stub-clock.js";

/** The only internal address these tests let the proxy dial; 127.0.0.2 stays an address of this machine. */
export const letThrough = "127.0.0.1";

/** A client's end of a connection to the agent's socket. */
export interface Client {
  socket: Socket;
  /** All that came so far. */
  text(): string;
  /** Resolves when that holds the text; rejects when the connection ends first. */
  until(text: string): Promise<void>;
  /** Resolves with everything once the other side has said all, or the connection is gone. */
  closed: Promise<string>;
}

export interface EgressRig {
  /** The room's list. */
  list: readonly string[];
  leave(): void;
  /** How often the list was asked for. */
  looks(): number;
  breakList(isBroken: boolean): void;
  /** Addresses of names, by name; absent: not found. A list of lists: one after the other, the last stays. */
  names: Record<string, readonly string[] | readonly (readonly string[])[] | Promise<string[]>>;
  /** Names that were looked up. */
  asked: string[];
  unlisted: EgressTarget[];
  ends: EgressEnd[];
  socketPath: string;
  /** Everything that was logged, as text. */
  logged(): string;
  dial(): Promise<Client>;
  /** Sends a whole request head and, by default, waits for the head of the answer. */
  send(text: string): Promise<Client>;
  connect(authority: string, more?: string): Promise<Client>;
  close(): Promise<void>;
  stop(): Promise<void>;
}

export async function createEgressRig(more: Partial<EgressOptions> = {}): Promise<EgressRig> {
  const dir = await mkdtemp(join(tmpdir(), "pe-"));
  const logger = createMemoryLogger();
  const sockets = createAgentSockets({ dir: join(dir, "s"), logger });
  const clients = new Set<Socket>();
  let looks = 0;
  let isListBroken = false;
  let hasLeft = false;

  async function resolve(host: string): Promise<string[]> {
    rig.asked.push(host);
    const known = await rig.names[host];
    if (known === undefined) throw Object.assign(new Error("not found"), { code: "ENOTFOUND" });
    const [first] = known;
    if (typeof first === "string" || first === undefined) return [...(known as readonly string[])];
    if (known.length > 1) rig.names[host] = known.slice(1) as readonly (readonly string[])[];
    return [...first];
  }

  async function dial(): Promise<Client> {
    const socket = connect({ path: rig.socketPath, allowHalfOpen: true });
    clients.add(socket);
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    const closed = new Promise<string>((settle) => {
      for (const over of ["end", "close"]) socket.once(over, () => settle(text));
    });
    await once(socket, "connect");
    const until = async (wanted: string) => {
      while (!text.includes(wanted)) {
        const more = await Promise.race([once(socket, "data"), closed]);
        if (typeof more === "string" && !text.includes(wanted)) throw new Error(`closed after ${JSON.stringify(text)}`);
      }
    };
    return { socket, text: () => text, until, closed };
  }

  async function send(request: string): Promise<Client> {
    const client = await dial();
    client.socket.write(request);
    await client.until("\r\n\r\n");
    return client;
  }

  const egress = createEgress({
    clock: realClock,
    logger,
    resolve,
    isForbidden: (address) => address !== letThrough && isForbidden(address),
    onEnd: (end) => rig.ends.push(end),
    ...more,
  });
  const door = egress.open({
    roomId: "r1",
    agent: "mia",
    list: async () => {
      looks++;
      if (isListBroken) throw new Error("the log is away");
      return hasLeft ? undefined : rig.list;
    },
    onUnlisted: (target) => rig.unlisted.push(target),
  });
  const rig: EgressRig = {
    list: [],
    leave: () => {
      hasLeft = true;
    },
    looks: () => looks,
    breakList: (isBroken) => {
      isListBroken = isBroken;
    },
    names: {},
    asked: [],
    unlisted: [],
    ends: [],
    socketPath: "",
    logged: () => JSON.stringify(logger.records),
    dial,
    send,
    connect: (authority, headers = "") => send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${headers}\r\n`),
    close: () => sockets.close("r1-mia"),
    async stop() {
      for (const client of clients) client.destroy();
      await sockets.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
  const { socketDir } = await sockets.open("r1-mia", async () => new Response("the model"), door);
  rig.socketPath = join(socketDir, agentSocketName);
  return rig;
}

export interface Host {
  port: number;
  /** Connections so far. */
  connections: Socket[];
  close(): Promise<void>;
}

/** A server on this machine that handles a connection as the test asks. */
export async function openHost(onConnection: (socket: Socket) => void, address = letThrough, port = 0): Promise<Host> {
  const connections: Socket[] = [];
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.push(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, address, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    close: async () => {
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const echo = (socket: Socket): void => void socket.pipe(socket);
