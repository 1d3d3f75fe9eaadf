import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Answer, Dispatch, Transport } from "./delivery.js";
import type { Faults } from "./faults.js";
import { asObject, asText, parseJson } from "./json.js";
import type { Workspace } from "./workspace.js";

export type DisconnectReason = "warning" | "refresh_requested" | "link_disabled";

export interface SocketMode extends Transport {
  /** A web-socket address for one connection. */
  ticket(): string;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  connections(): number;
  /** The platform's polite goodbye: to every connection, or to one. `warning` leaves it open. */
  disconnect(options: { readonly reason: DisconnectReason; readonly index?: number }): void;
  /** Goes silent without closing: no pings, no pongs, payloads vanish. New connections are normal. */
  mute(): void;
  stop(): void;
}

interface Connection {
  readonly socket: WebSocket;
  muted: boolean;
}

interface Waiting {
  readonly connection: Connection;
  readonly settle: (answer: Answer) => void;
  readonly timer: NodeJS.Timeout;
}

const maxConnections = 10;
const kinds = { event: "events_api", slash: "slash_commands", interactive: "interactive" } as const;
const failed: Answer = { acked: false, failure: "dispatch_failed", reason: "connection_failed" };

/** What became of an envelope that no longer waits decides what a further acknowledgement of it is. */
type Over = "double_ack" | "late_ack" | "closed";

/** Socket Mode: several connections, each payload to one of them, an acknowledgement within the limit. */
export function createSocketMode(workspace: Workspace, faults: Faults): SocketMode {
  const server = new WebSocketServer({ noServer: true, autoPong: false });
  const tickets = new Set<string>();
  const waiting = new Map<string, Waiting>();
  const over = new Map<string, Over>();
  let connections: Connection[] = [];
  let turn = 0;

  const settle = (envelopeId: string, answer: Answer): void => {
    const found = waiting.get(envelopeId);
    if (found === undefined) return;
    clearTimeout(found.timer);
    waiting.delete(envelopeId);
    found.settle(answer);
  };
  const onFrame = (data: string): void => {
    const frame = asObject(parseJson(data));
    const envelopeId = asText(frame.envelope_id);
    if (!waiting.has(envelopeId)) {
      const rule = over.get(envelopeId) ?? "unknown_ack";
      if (rule !== "closed") workspace.violate(rule, `acknowledged ${envelopeId || data.slice(0, 80)}`);
      return;
    }
    over.set(envelopeId, "double_ack");
    settle(envelopeId, { acked: true, payload: frame.payload });
  };
  const onClose = (connection: Connection): void => {
    connections = connections.filter((other) => other !== connection);
    for (const [envelopeId, item] of waiting) {
      if (item.connection !== connection) continue;
      over.set(envelopeId, "closed");
      settle(envelopeId, failed);
    }
  };
  const accept = (socket: WebSocket): void => {
    const connection: Connection = { socket, muted: false };
    socket.on("message", (data) => connection.muted || onFrame(String(data)));
    socket.on("ping", (data) => connection.muted || socket.pong(data));
    socket.on("close", () => onClose(connection));
    socket.on("error", () => socket.terminate());
    if (connections.length >= maxConnections) {
      workspace.violate("too_many_connections", `connection ${connections.length + 1} of at most ${maxConnections}`);
      socket.send(JSON.stringify({ type: "disconnect", reason: "too_many_websockets" }), () => socket.close());
      return;
    }
    connections.push(connection);
    socket.send(JSON.stringify(hello(workspace, connections.length)));
  };
  const pings = setInterval(() => {
    for (const { socket, muted } of connections) if (!muted) socket.ping("Ping from applink");
  }, workspace.settings.pingIntervalMs);
  pings.unref();

  const deliver = (connection: Connection, dispatch: Dispatch): Promise<Answer> =>
    new Promise((resolve) => {
      const envelopeId = randomUUID();
      const timer = setTimeout(() => {
        over.set(envelopeId, "late_ack");
        workspace.violate("missing_ack", `${dispatch.kind} ${nameOf(dispatch)} was not acknowledged in time`);
        settle(envelopeId, { acked: false, failure: "operation_timeout", reason: "timeout" });
      }, workspace.settings.ackTimeoutMs);
      waiting.set(envelopeId, { connection, settle: resolve, timer });
      if (connection.muted) return;
      connection.socket.send(JSON.stringify(envelopeOf(envelopeId, dispatch)), () => {
        if (dispatch.cutAfter === true) connection.socket.terminate();
      });
    });

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
    connections: () => connections.length,
    send: async (dispatch) => {
      turn += 1;
      const connection = connections[turn % Math.max(1, connections.length)];
      return connection === undefined ? failed : deliver(connection, dispatch);
    },
    cut: () => {
      for (const { socket } of connections) socket.terminate();
    },
    disconnect: ({ reason, index }) => {
      const chosen = index === undefined ? connections : connections.slice(index, index + 1);
      for (const { socket } of chosen) socket.send(JSON.stringify({ type: "disconnect", reason, debug_info: {} }));
    },
    mute: () => {
      for (const connection of connections) connection.muted = true;
    },
    stop: () => {
      clearInterval(pings);
      for (const { timer } of waiting.values()) clearTimeout(timer);
      for (const { socket } of connections) socket.terminate();
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

const envelopeOf = (envelopeId: string, dispatch: Dispatch) => ({
  envelope_id: envelopeId,
  type: kinds[dispatch.kind],
  payload: dispatch.payload,
  accepts_response_payload: dispatch.kind !== "event",
  ...(dispatch.kind === "event" ? { retry_attempt: dispatch.attempt, retry_reason: dispatch.reason ?? "" } : {}),
});

function nameOf({ payload }: Dispatch): string {
  return asText(payload.event_id) || asText(payload.command) || asText(payload.type);
}
