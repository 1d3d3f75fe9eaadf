import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Faults } from "./faults.js";
import { applicationId, botId, guildId, type Json, type Store, token } from "./model.js";
import { type BucketLimit, createWindow } from "./rate-limits.js";

interface Session {
  id: string;
  intents: number;
  seq: number;
  sent: { seq: number; frame: string; isEvent: boolean }[];
  socket: WebSocket | undefined;
  isResumable: boolean;
}

const maxKept = 2_000;
/** Maximum commands from a client in a minute of real time. */
const maxSends = { count: 120, windowMs: 60_000 };
const intents = { guilds: 1, guildMessages: 1 << 9, directMessages: 1 << 12, messageContent: 1 << 15 };
const knownIntents = (1 << 26) - 1;

/** The Gateway: sessions that can be resumed, heartbeats, and every way a connection ends. */
export interface Gateway {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** To every session with the intent; false if no app is connected. */
  dispatch(event: string, data: Json): boolean;
  connections(): number;
  /** Drops the connection without a word. */
  drop(): void;
  close(code: number): void;
  /** Op 7. */
  reconnect(): void;
  /** Op 9. Not resumable: the session and its missed events are gone. */
  invalidate(isResumable: boolean): void;
  /** Answers nothing any more, and sends nothing. */
  mute(): void;
  /** Sends an event without its content, as no Discord does. */
  garble(): void;
  /** Reads nothing from the present connections from now on, so that none of them is closed from this side. */
  freeze(): void;
  /** Drops events from now on: sessions are forgotten. */
  forget(): void;
  identifies(): number;
  resumes(): number;
  stop(): void;
}

export function createGateway(options: {
  store: Store;
  faults: Faults;
  heartbeatMs: number;
  /** Beyond two heartbeats; default 3,000. */
  heartbeatPatienceMs?: number;
  /** IDENTIFYs before the token is reset; default 1,000 in 24 hours. */
  identifies?: BucketLimit;
  url: () => string;
}): Gateway {
  const { store, faults, heartbeatMs, url } = options;
  const silenceMs = 2 * heartbeatMs + (options.heartbeatPatienceMs ?? 3_000);
  const server = new WebSocketServer({ noServer: true });
  const sessions = new Map<string, Session>();
  const sockets = new Set<WebSocket>();
  const muted = new Set<WebSocket>();
  const mayIdentify = createWindow(options.identifies ?? { count: 1_000, windowMs: 86_400_000 });
  let identifies = 0;
  let resumes = 0;

  const write = (socket: WebSocket, frame: Json): void => {
    if (!muted.has(socket)) socket.send(JSON.stringify(frame));
  };

  function send(session: Session, event: string, data: Json): void {
    session.seq += 1;
    const frame = JSON.stringify({ op: 0, t: event, s: session.seq, d: data });
    session.sent.push({ seq: session.seq, frame, isEvent: event !== "READY" && event !== "INTERACTION_CREATE" });
    if (session.sent.length > maxKept) session.sent.shift();
    const { socket } = session;
    if (socket !== undefined && !muted.has(socket)) socket.send(frame);
  }

  function identify(socket: WebSocket, data: Json): void {
    identifies += 1;
    if ([...sessions.values()].some((one) => one.socket === socket)) {
      socket.close(4005, "Already authenticated.");
      return;
    }
    // Discord resets the token then, and writes its owner a mail.
    if (!mayIdentify.take()) {
      store.violate("identify_limit", "too many IDENTIFYs: the token is reset");
      store.state.tokenIsValid = false;
    }
    if (data.token !== token || !store.state.tokenIsValid) {
      socket.close(4004, "Authentication failed.");
      return;
    }
    if (!Number.isInteger(data.intents) || data.intents > knownIntents) {
      socket.close(4013, "Invalid intent(s).");
      return;
    }
    if ((data.intents & intents.messageContent) !== 0 && !store.state.mayReadContent) {
      socket.close(4014, "Disallowed intent(s).");
      return;
    }
    const id = randomBytes(16).toString("hex");
    const session: Session = { id, intents: data.intents, seq: 0, sent: [], socket, isResumable: true };
    sessions.set(id, session);
    const { state } = store;
    const ready = {
      v: 10,
      user: state.users[botId],
      guilds: [{ id: guildId, unavailable: true }],
      session_id: id,
      resume_gateway_url: url(),
      application: { id: applicationId, flags: 0 },
      shard: data.shard,
    };
    send(session, "READY", ready);
    if ((session.intents & intents.guilds) !== 0 && state.botIsMember !== false)
      send(session, "GUILD_CREATE", guildOf(store));
  }

  function resume(socket: WebSocket, data: Json): void {
    const session = sessions.get(data.session_id);
    if (data.token !== token || !store.state.tokenIsValid) {
      socket.close(4004, "Authentication failed.");
      return;
    }
    if (session === undefined || !session.isResumable) {
      write(socket, { op: 9, d: false });
      return;
    }
    resumes += 1;
    session.socket?.terminate();
    session.socket = socket;
    for (const { seq, frame, isEvent } of session.sent) if (seq > data.seq && isEvent) socket.send(frame);
    send(session, "RESUMED", {});
  }

  function take(socket: WebSocket, raw: string): void {
    if (muted.has(socket)) return;
    const frame = frameOf(raw);
    if (frame === undefined) {
      socket.close(4002, "Error while decoding payload.");
      return;
    }
    const { op, d } = frame;
    const isKnown = [...sessions.values()].some((one) => one.socket === socket);
    if (op === 1) write(socket, { op: 11 });
    else if ((op === 3 || op === 4 || op === 8) && !isKnown) socket.close(4003, "Not authenticated.");
    else if (op === 2) identify(socket, d);
    else if (op === 6) resume(socket, d);
    else if (op !== 3 && op !== 4 && op !== 8) socket.close(4001, "Unknown opcode.");
  }

  function open(socket: WebSocket): void {
    sockets.add(socket);
    const sentAtMs: number[] = [];
    // A client that is merely slow is not cut.
    const dead = setTimeout(() => {
      if (muted.has(socket)) return;
      store.violate("no_heartbeat", `nothing was heard for ${silenceMs} ms`);
      socket.close(4009, "Session timed out.");
    }, silenceMs);
    socket.on("close", () => clearTimeout(dead));
    socket.on("message", (raw) => {
      dead.refresh();
      sentAtMs.push(Date.now());
      while ((sentAtMs[0] ?? 0) < Date.now() - maxSends.windowMs) sentAtMs.shift();
      if (sentAtMs.length <= maxSends.count) return take(socket, String(raw));
      store.violate("gateway_flood", `more than ${maxSends.count} frames in a minute`);
      socket.close(4008, "Rate limited.");
    });
    socket.on("close", (code) => {
      sockets.delete(socket);
      for (const session of sessions.values())
        if (session.socket === socket) {
          session.socket = undefined;
          // A clean good-bye ends the session.
          if (code === 1_000 || code === 1_001) sessions.delete(session.id);
        }
    });
    write(socket, { op: 10, d: { heartbeat_interval: heartbeatMs } });
  }

  const wants = (session: Session, event: string, data: Json): boolean => {
    const isHere = store.state.botIsMember !== false || event === "GUILD_DELETE";
    if (!isHere && (data.guild_id !== undefined || event.startsWith("GUILD_"))) return false;
    if (event === "INTERACTION_CREATE") return session.socket !== undefined;
    if (!event.startsWith("MESSAGE_")) return (session.intents & intents.guilds) !== 0;
    const needed = data.guild_id === undefined ? intents.directMessages : intents.guildMessages;
    return (session.intents & needed) !== 0;
  };

  /** Content is for apps that may read it, that wrote it, or that it is written to. */
  const readable = (session: Session, event: string, data: Json): Json => {
    if (!event.startsWith("MESSAGE_") || (session.intents & intents.messageContent) !== 0) return data;
    const isTheirs = data.guild_id === undefined || data.author?.id === botId;
    if (isTheirs || data.mentions?.some(({ id }: Json) => id === botId)) return data;
    return { ...data, content: "", embeds: [], components: [], attachments: [] };
  };

  const frameOf = (raw: string): { op: number; d: Json } | undefined => {
    try {
      return JSON.parse(raw);
    } catch {
      return undefined;
    }
  };

  return {
    upgrade(request, socket, head) {
      if (faults.strike("gateway", "connect", request.url ?? "")) return void socket.destroy();
      server.handleUpgrade(request, socket, head, open);
    },
    dispatch(event, data) {
      let hasReached = false;
      for (const session of sessions.values()) {
        if (!wants(session, event, data)) continue;
        send(session, event, readable(session, event, data));
        hasReached ||= session.socket !== undefined && !muted.has(session.socket);
      }
      return hasReached;
    },
    connections: () => [...sessions.values()].filter(({ socket }) => socket !== undefined && !muted.has(socket)).length,
    drop: () => {
      for (const socket of sockets) socket.terminate();
    },
    close: (code) => {
      for (const socket of sockets) socket.close(code);
    },
    reconnect: () => {
      for (const socket of sockets) write(socket, { op: 7, d: null });
    },
    invalidate(isResumable) {
      if (!isResumable) for (const session of sessions.values()) session.isResumable = false;
      for (const socket of sockets) write(socket, { op: 9, d: isResumable });
    },
    garble: () => {
      for (const socket of sockets) socket.send(JSON.stringify({ op: 0, t: "READY", s: 1, d: null }));
    },
    mute: () => {
      for (const socket of sockets) muted.add(socket);
    },
    freeze() {
      for (const socket of sockets) socket.pause();
    },
    forget: () => sessions.clear(),
    identifies: () => identifies,
    resumes: () => resumes,
    stop() {
      for (const socket of sockets) socket.terminate();
      server.close();
    },
  };
}

/** The thread as an app receives it on connecting; archived threads are not sent. */
export const guildOf = ({ state }: Store): Json => ({
  id: guildId,
  name: "Emulated",
  channels: Object.values(state.channels).filter(({ type }) => type === 0),
  threads: Object.values(state.channels).filter(
    ({ type, thread_metadata }) => type === 11 && !thread_metadata?.archived,
  ),
  members: [],
  roles: [],
});
