import { randomUUID } from "node:crypto";
import type { Answer, Dispatch, Transport } from "./delivery.js";
import type { Faults } from "./faults.js";
import { asObject, asText, parseJson } from "./json.js";
import { type Connection, createSocketConnections, type SocketConnections } from "./socket-connections.js";
import type { Workspace } from "./workspace.js";

export type DisconnectReason = "warning" | "refresh_requested" | "link_disabled";

export interface SocketMode extends Transport, Pick<SocketConnections, "ticket" | "upgrade" | "stop"> {
  connections(): number;
  /** The platform's goodbye, to every connection or to one; the app is expected to close. */
  disconnect(options: { readonly reason: DisconnectReason; readonly index?: number }): void;
  /** Goes silent without closing, every connection or one: no pings, no pongs, payloads vanish. New connections are normal. */
  mute(which?: { readonly index: number }): void;
}

interface Waiting {
  readonly connection: Connection;
  readonly settle: (answer: Answer) => void;
  readonly timer: NodeJS.Timeout;
}

/** The outcome of a finished envelope decides the meaning of a further acknowledgement. */
type Over = "double_ack" | "late_ack" | "closed";

const kinds = { event: "events_api", slash: "slash_commands", interactive: "interactive" } as const;
const failed: Answer = { acked: false, failure: "dispatch_failed", reason: "connection_failed" };

/** Socket Mode: each payload goes to one of the connections and is acknowledged within the limit. */
export function createSocketMode(workspace: Workspace, faults: Faults): SocketMode {
  const envelopes = createEnvelopes(workspace);
  const { onFrame, onClose } = envelopes;
  const connections = createSocketConnections({ workspace, faults, onFrame, onClose });
  let turn = 0;

  return {
    ticket: connections.ticket,
    upgrade: connections.upgrade,
    connections: () => connections.open().length,
    send: async (dispatch) => {
      turn += 1;
      const open = connections.open();
      const connection = open[turn % Math.max(1, open.length)];
      return connection === undefined ? failed : envelopes.send(connection, dispatch);
    },
    cut: () => {
      for (const { socket } of connections.open()) socket.terminate();
    },
    disconnect: ({ reason, index }) => {
      const open = connections.open();
      const chosen = index === undefined ? open : open.slice(index, index + 1);
      for (const { socket } of chosen) socket.send(JSON.stringify({ type: "disconnect", reason, debug_info: {} }));
    },
    mute: (which) => {
      const open = connections.open();
      for (const connection of which ? open.slice(which.index, which.index + 1) : open) connection.muted = true;
    },
    stop: () => {
      envelopes.stop();
      connections.stop();
    },
  };
}

/** Envelopes under way, and the meaning of their acknowledgements. */
function createEnvelopes(workspace: Workspace) {
  const waiting = new Map<string, Waiting>();
  const over = new Map<string, Over>();

  const settle = (envelopeId: string, as: Over, answer: Answer): void => {
    const found = waiting.get(envelopeId);
    if (found === undefined) return;
    clearTimeout(found.timer);
    waiting.delete(envelopeId);
    over.set(envelopeId, as);
    found.settle(answer);
  };
  return {
    onFrame: (data: string): void => {
      const frame = asObject(parseJson(data));
      const envelopeId = asText(frame.envelope_id);
      if (waiting.has(envelopeId)) {
        settle(envelopeId, "double_ack", { acked: true, payload: frame.payload });
        return;
      }
      const rule = over.get(envelopeId) ?? "unknown_ack";
      if (rule !== "closed") workspace.violate(rule, `acknowledged ${envelopeId || data.slice(0, 80)}`);
    },
    onClose: (connection: Connection): void => {
      for (const [envelopeId, item] of waiting)
        if (item.connection === connection) settle(envelopeId, "closed", failed);
    },
    send: (connection: Connection, dispatch: Dispatch): Promise<Answer> =>
      new Promise((resolve) => {
        const envelopeId = randomUUID();
        const timer = setTimeout(() => {
          if (!connection.muted)
            workspace.violate("missing_ack", `${dispatch.kind} ${nameOf(dispatch)} was not acknowledged in time`);
          settle(envelopeId, "late_ack", { acked: false, failure: "operation_timeout", reason: "timeout" });
        }, workspace.settings.ackTimeoutMs);
        waiting.set(envelopeId, { connection, settle: resolve, timer });
        if (connection.muted) return;
        connection.socket.send(JSON.stringify(envelopeOf(envelopeId, dispatch)), () => {
          if (dispatch.cutAfter === true) connection.socket.terminate();
        });
      }),
    stop: (): void => {
      for (const { timer } of waiting.values()) clearTimeout(timer);
    },
  };
}

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
