import { chmod, mkdir, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { join, relative } from "node:path";
import type { EgressDoor } from "../../ports/egress.js";
import type { Logger } from "../../ports/logger.js";
import { PortError } from "../../ports/port-error.js";
import { createWebServer, type WebHandler } from "./web-server.js";

/**
 * The only network exits of the sandboxes: per agent one folder with one Unix socket, which identifies the caller to the HTTP server.
 * Folder and socket names survive a restart, so running sandboxes reach the next router.
 */
export interface AgentSockets {
  /**
   * Serves an agent's socket. Reopening replaces the handler and cuts open connections. `proxy`: the agent's egress. Returns `socketDir`, the
   * folder its sandbox mounts.
   */
  open(id: string, handler: WebHandler, proxy?: EgressDoor): Promise<{ socketDir: string }>;
  /** Cuts the agent's connections and removes its folder. Idempotent. */
  close(id: string): Promise<void>;
  /** Stops serving. The folders stay for sandboxes that keep running. */
  stop(): Promise<void>;
}

/** Where sockets lie. */
export interface AgentSocketsOptions {
  /** Parent folder of all sockets, accessible to this user only. */
  dir: string;
  logger: Logger;
}

/** File name of the socket, to which the agents' image forwards. */
export const agentSocketName = "proxy.sock";

const idPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
/** `sun_path` holds 108 bytes including the final NUL. */
const maxPathBytes = 107;

/** One folder with one unix socket for each agent. */
export function createAgentSockets({ dir, logger }: AgentSocketsOptions): AgentSockets {
  const open = new Map<string, { server: Server; proxy: EgressDoor | undefined }>();

  async function listen(id: string, handler: WebHandler, proxy: EgressDoor | undefined): Promise<string> {
    if (!idPattern.test(id)) throw new PortError(`${JSON.stringify(id)} is not an agent's id`, notHere);
    const socketDir = join(dir, id);
    const path = shortestPath(join(socketDir, agentSocketName));
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await chmod(dir, 0o700);
    await mkdir(socketDir, { recursive: true });
    // User 1000 of the sandbox may traverse this folder but not list or change it; other users cannot reach it.
    await chmod(socketDir, 0o711);
    // Left by a killed router. Only one process holds the data folder.
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
      // The server does not track connections it has handed off.
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

/** A path relative to the working folder is often short enough. */
function shortestPath(path: string): string {
  const near = relative(process.cwd(), path);
  const shortest = near.length < path.length ? near : path;
  if (Buffer.byteLength(shortest) <= maxPathBytes) return shortest;
  const text = `The path ${path} is too long for a socket: ${Buffer.byteLength(shortest)} bytes, at most ${maxPathBytes} work. Nothing was started. Choose a shorter PARLEY_DATA_DIR.`;
  throw new PortError(text, notHere);
}
