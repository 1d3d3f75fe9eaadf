import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Faults } from "./faults.js";
import type { Workspace } from "./workspace.js";

export interface Connection {
  readonly socket: WebSocket;
  /** Silent without being closed: nothing is sent or received. */
  muted: boolean;
}

export interface SocketConnections {
  /** A web-socket address for one connection. */
  ticket(): string;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  open(): readonly Connection[];
  stop(): void;
}

export interface SocketConnectionsOptions {
  readonly workspace: Workspace;
  readonly faults: Faults;
  readonly onFrame: (data: string) => void;
  readonly onClose: (connection: Connection) => void;
}

const maxConnections = 10;

/** The app's web sockets: tickets, at most ten connections, greetings and pings. */
export function createSocketConnections(options: SocketConnectionsOptions): SocketConnections {
  const { workspace, faults, onFrame, onClose } = options;
  const server = new WebSocketServer({ noServer: true, autoPong: false });
  const tickets = new Set<string>();
  let open: Connection[] = [];

  const accept = (socket: WebSocket): void => {
    const connection: Connection = { socket, muted: false };
    socket.on("message", (data) => connection.muted || onFrame(String(data)));
    socket.on("ping", (data) => connection.muted || socket.pong(data));
    socket.on("error", () => socket.terminate());
    socket.on("close", () => {
      open = open.filter((other) => other !== connection);
      onClose(connection);
    });
    if (open.length >= maxConnections) {
      workspace.violate("too_many_connections", `connection ${open.length + 1} of at most ${maxConnections}`);
      socket.send(JSON.stringify({ type: "disconnect", reason: "too_many_websockets" }), () => socket.close());
      return;
    }
    open.push(connection);
    socket.send(JSON.stringify(hello(workspace, open.length)));
  };
  const pings = setInterval(() => {
    for (const { socket, muted } of open) if (!muted) socket.ping("Ping from applink");
  }, workspace.settings.pingIntervalMs);
  pings.unref();

  return {
    ticket: () => {
      const ticket = randomUUID();
      tickets.add(ticket);
      return `${workspace.baseUrl().replace("http", "ws")}/link/?ticket=${ticket}&app_id=${workspace.app().appId}`;
    },
    upgrade: (request, socket, head) => {
      const ticket = new URL(request.url ?? "/", "http://localhost").searchParams.get("ticket") ?? "";
      const fault = faults.strike("socket", "upgrade", {});
      if (fault?.mode === "hang") return;
      if (fault !== undefined || !tickets.delete(ticket)) {
        socket.end(`HTTP/1.1 ${fault === undefined ? "403 Forbidden" : "503 Service Unavailable"}\r\n\r\n`);
        return;
      }
      server.handleUpgrade(request, socket, head, accept);
    },
    open: () => open,
    stop: () => {
      clearInterval(pings);
      for (const { socket } of open) socket.terminate();
      server.close();
    },
  };
}

const hello = (workspace: Workspace, count: number) => ({
  type: "hello",
  num_connections: count,
  debug_info: { host: "applink-emulator", build_number: 1, approximate_connection_time: 18_060 },
  connection_info: { app_id: workspace.app().appId },
});
