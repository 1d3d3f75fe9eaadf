import { chmod, mkdir, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { join, relative } from "node:path";
import type { EgressDoor } from "../../ports/egress.js";
import type { Logger } from "../../ports/logger.js";
import { PortError } from "../../ports/port-error.js";
import { createWebServer, type WebHandler } from "./web-server.js";

/**
 * The only ways out of the sandboxes: one folder an agent with one Unix socket in it, on which an HTTP server knows by the socket who is
 * calling. Folder and socket keep their names over a restart, so running sandboxes find the next router's.
 */
export interface AgentSockets {
  /**
   * Serves an agent's socket; opening it again replaces the handler and cuts what was under way. `proxy` is the agent's way to other hosts. `socketDir` is
   * what its sandbox mounts.
   */
  open(id: string, handler: WebHandler, proxy?: EgressDoor): Promise<{ socketDir: string }>;
  /** The agent is gone: its connections are cut and its folder is removed. Idempotent. */
  close(id: string): Promise<void>;
  /** The router stops: nothing is served any more; the folders stay for the sandboxes that run on. */
  stop(): Promise<void>;
}

export interface AgentSocketsOptions {
  /** Folder for all of them; made and kept so that only this user may enter. */
  dir: string;
  logger: Logger;
}

/** Name of the socket in its folder: what the agents' image forwards to. */
export const agentSocketName = "proxy.sock";

const idPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
/** `sun_path` holds 108 bytes with the NUL at its end. */
const maxPathBytes = 107;

export function createAgentSockets({ dir, logger }: AgentSocketsOptions): AgentSockets {
  const open = new Map<string, { server: Server; proxy: EgressDoor | undefined }>();

  async function listen(id: string, handler: WebHandler, proxy: EgressDoor | undefined): Promise<string> {
    if (!idPattern.test(id)) throw new PortError(`${JSON.stringify(id)} is no agent's id`, notHere);
    const socketDir = join(dir, id);
    const path = shortestPath(join(socketDir, agentSocketName));
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await chmod(dir, 0o700);
    await mkdir(socketDir, { recursive: true });
    // The sandbox's user 1000 passes through this folder but cannot list or change it; nobody else gets as far as here.
    await chmod(socketDir, 0o711);
    // Of a router that was killed. Only one process has the data folder.
    await rm(path, { force: true });
    const server = createWebServer({ handler, proxy, logger, agent: id });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(path, resolve);
    });
    await chmod(path, 0o666);
    open.set(id, { server, proxy });
    return socketDir;
  }

  async function shut(id: string): Promise<void> {
    const served = open.get(id);
    if (!served) return;
    open.delete(id);
    const { server, proxy } = served;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
      // A server does not know the connections it has given away.
      proxy?.close();
    });
  }

  return {
    async open(id, handler, proxy) {
      await shut(id);
      return { socketDir: await listen(id, handler, proxy) };
    },
    async close(id) {
      await shut(id);
      if (idPattern.test(id)) await rm(join(dir, id), { recursive: true, force: true });
    },
    async stop() {
      await Promise.all([...open.keys()].map(shut));
    },
  };
}

const notHere = { code: "refused", retryable: false } as const;

/** Seen from the working folder a long path is often short enough. */
function shortestPath(path: string): string {
  const near = relative(process.cwd(), path);
  const shortest = near.length < path.length ? near : path;
  if (Buffer.byteLength(shortest) <= maxPathBytes) return shortest;
  const text = `The path ${path} is too long for a socket: ${Buffer.byteLength(shortest)} bytes, at most ${maxPathBytes} work. Nothing was started. Choose a shorter PARLEY_DATA_DIR.`;
  throw new PortError(text, notHere);
}
