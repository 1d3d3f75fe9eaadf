import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createRandomIds } from "../../../adapters/memory/ids.js";
import { createMemoryLimits } from "../../../adapters/memory/limits.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createMemorySnapshots } from "../../../adapters/memory/snapshots.js";
import { createMemoryTickets } from "../../../adapters/memory/tickets.js";
import { createMemoryWakeups } from "../../../adapters/memory/wakeups.js";
import { createScriptedAgents } from "../../../adapters/scripted/agents.js";
import { createApp } from "../../../src/http/app.js";
import type { AppDeps } from "../../../src/http/deps.js";
import { createMetrics } from "../../../src/http/metrics.js";
import { createInvites } from "../../../src/runtime/access/invites.js";
import { createOneTimeCodes } from "../../../src/runtime/access/one-time-codes.js";
import { createTokens } from "../../../src/runtime/access/tokens.js";
import { createRuntime } from "../../../src/runtime/node/runtime.js";
import { createResolveAgent, loadRoles } from "../../../src/runtime/roles/roles.js";
import { createRoomMaker } from "../../../src/runtime/rooms/create.js";
import { createTurnTaking } from "../../../src/runtime/rooms/turn-taking.js";
import { createRoomFeeds } from "../../../src/runtime/viewers/room-feed.js";
import { sha256 } from "../../support/sha256.js";
import { realClock } from "../../support/stub-clock.js";
import { checkBody, checkHead } from "./check-answer.js";

export const adminToken = "admin-token-of-the-tests";
export const secret = "a secret of the tests, long enough";

export interface Call {
  token?: string | undefined;
  body?: unknown;
  /** Sent as it is. */
  raw?: string | Uint8Array;
  headers?: Record<string, string>;
  /** Address the request comes from. */
  from?: string;
  /** The test breaks Parley on purpose: a 500 is what it expects. */
  expectsFault?: boolean;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  json: any;
}

export type Api = Awaited<ReturnType<typeof createApi>>;

/** The whole API on memory adapters, without a server. Every answer is checked against its schema. Agents do nothing until `runtime.start()`. */
export async function createApi(options: Partial<AppDeps> & { maxUnreadBytes?: number } = {}) {
  const clock = options.clock ?? realClock;
  const eventLog = createMemoryEventLog();
  const logger = createMemoryLogger();
  const ids = createRandomIds();
  const runtime = createRuntime({
    eventLog,
    snapshots: createMemorySnapshots(),
    wakeups: createMemoryWakeups({ clock, log: logger }),
    runtimes: { scripted: createScriptedAgents({ clock, sha256 }) },
    clock,
    ids,
    logger,
    node: "test",
    onlyNode: true,
    turnIdleMs: 600_000,
  });
  const { rooms, activity, cache } = runtime;
  const tokens = createTokens({ secret, clock });
  const invites = createInvites({ secret, ids, clock, sha256 });
  const catalogue = await loadRoles([], { listFolders: async () => [], readText: async () => undefined });
  const resolveAgent = createResolveAgent({ catalogue, usable: () => ["scripted"] });
  const { maxUnreadBytes } = options;
  const feeds = createRoomFeeds({
    eventLog,
    rooms,
    activity,
    clock,
    logger,
    ...(maxUnreadBytes !== undefined && { maxUnreadBytes }),
  });
  const deps: AppDeps = {
    version: "0.0.0-test",
    rooms,
    eventLog,
    feeds,
    limits: createMemoryLimits({ clock }),
    clock,
    ids,
    logger,
    metrics: createMetrics({ viewers: feeds.viewers, roomsInMemory: cache.size }),
    tokens,
    invites,
    oneTimeCodes: createOneTimeCodes({ tickets: createMemoryTickets({ clock }), ids, sha256 }),
    makeRoom: createRoomMaker({ rooms, eventLog, ids, clock, secret, sha256, tokens, invites, resolveAgent }),
    resolveAgent,
    turns: createTurnTaking(),
    adminToken,
    publicOrigin: () => "http://parley.test",
    trustProxyHops: 0,
    checks: { log: () => eventLog.check() },
    pageConfig: () => ({}),
    whyOffline: () => undefined,
    removeHomesOf: async () => 0,
    ...options,
  };
  const app = createApp(deps);

  async function send(method: string, path: string, call: Call = {}): Promise<Response> {
    const { token, body, raw, headers = {}, from = "192.0.2.1" } = call;
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const init: RequestInit = {
      method,
      headers: {
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(sent !== undefined && { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(sent !== undefined && { body: sent }),
    };
    const response = await app.request(path, init, { incoming: { socket: { remoteAddress: from } } });
    checkHead({ method, path, response, expectsFault: call.expectsFault });
    return response;
  }

  async function call(method: string, path: string, options: Call = {}): Promise<Answer> {
    const response = await send(method, path, options);
    const text = await response.text();
    const check = checkHead({ method, path, response, expectsFault: options.expectsFault });
    if (check) checkBody(check, text);
    const isJson = /json\b/.test(response.headers.get("Content-Type") ?? "") && !path.includes("/export");
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== "" ? JSON.parse(text) : undefined,
    };
  }

  return { app, deps, runtime, rooms, activity, eventLog, logger, feeds, clock, send, call };
}

export interface TestRoom {
  roomId: string;
  path: string;
  owner: string;
  approver: string;
  member: string;
  viewer: string;
  invites: { member: string; viewer: string; approver: string };
}

/** A room with `coder` and `reviewer` and a person of every role: host, ann (approver), max (member), vic (viewer). */
export async function makeRoom(api: Api, body: Record<string, unknown> = {}): Promise<TestRoom> {
  const made = await api.call("POST", "/api/rooms", {
    token: adminToken,
    body: {
      name: "Test",
      agents: [
        { name: "coder", script: [] },
        { name: "reviewer", script: [] },
      ],
      ...body,
    },
  });
  if (made.status !== 201) throw new Error(`no room was made: ${made.text}`);
  const { roomId, invites, token } = made.json;
  const join = async (code: string, name: string): Promise<string> => {
    const joined = await api.call("POST", "/api/join", { body: { code, name } });
    if (joined.status !== 200) throw new Error(`${name} could not join: ${joined.text}`);
    return joined.json.token;
  };
  return {
    roomId,
    path: `/api/rooms/${roomId}`,
    owner: token,
    approver: await join(invites.approver, "ann"),
    member: await join(invites.member, "max"),
    viewer: await join(invites.viewer, "vic"),
    invites,
  };
}

let outputs = 0;

/** Lets an agent say something in a turn that has just been started for it, as its runtime would. */
export async function agentSays(api: Api, roomId: string, { agent = "coder", text }: { agent?: string; text: string }) {
  const turnId = api.deps.ids.next();
  const has = await api.rooms.peek(roomId, (room) => room.participants.get(agent));
  let open = has?.kind === "agent" ? has.turn?.turnId : undefined;
  if (open === undefined) {
    await api.rooms.execute(roomId, {
      type: "message.post",
      by: { kind: "admin" },
      messageId: api.deps.ids.next(),
      body: "go",
      to: [agent],
    });
    await api.rooms.execute(roomId, { type: "turn.start", agent, turnId, node: "test", boot: api.runtime.boot });
    open = turnId;
  }
  outputs += 1;
  return api.rooms.execute(roomId, {
    type: "turn.say",
    agent,
    turnId: open,
    outputId: `o${outputs}`,
    index: 0,
    text,
  });
}

/** Head version of a room's log. */
export async function headOf(api: Api, roomId: string): Promise<number> {
  return (await api.eventLog.head(`room/${roomId}`))?.version ?? 0;
}
