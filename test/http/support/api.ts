import { createMemoryEventLog } from "../../../adapters/memory/event-log.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createScriptedAgents } from "../../../adapters/scripted/agents.js";
import type { EventLog } from "../../../src/ports/event-log.js";
import { assembleInMemory, type GivenParts } from "../../support/memory-parts.js";
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
  /** The test breaks Parley on purpose and expects a 500. */
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

/** The whole API on memory adapters (or another `log`), without a server. Every answer is checked against its schema. Agents do nothing until `runtime.start()`. */
export async function createApi(options: Omit<GivenParts, "eventLog" | "logger"> & { log?: EventLog } = {}) {
  const { clock = realClock, log, ...given } = options;
  const memoryLog = createMemoryEventLog();
  const eventLog = log ?? memoryLog;
  const logger = createMemoryLogger();
  const { parts, ports } = assembleInMemory({
    runtimes: { scripted: createScriptedAgents({ clock, sha256 }) },
    node: "test",
    adminToken,
    secret,
    ...given,
    clock,
    // Asked late: a test may put one of its own in their place.
    eventLog: {
      ...eventLog,
      tail: (...asked) => eventLog.tail(...asked),
      read: (...asked) => eventLog.read(...asked),
      head: (...asked) => eventLog.head(...asked),
    },
    logger,
  });
  const { runtime, rooms, feeds, app, appDeps: deps } = parts;
  const { activity } = runtime;

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

  return {
    app,
    deps,
    blobs: ports.blobs,
    runtime,
    rooms,
    activity,
    eventLog: memoryLog,
    logger,
    feeds,
    clock,
    send,
    call,
  };
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
    await api.rooms.execute(roomId, { type: "turn.start", agent, turnId, node: "test", boot: api.runtime.instance });
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

/** A message to this agent whose turn fails; gives its id. */
export async function agentFails(api: Api, roomId: string, agent: string): Promise<string> {
  const [messageId, turnId] = [api.deps.ids.next(), api.deps.ids.next()];
  const by = { kind: "admin" } as const;
  await api.rooms.execute(roomId, { type: "message.post", by, messageId, body: "go", to: [agent] });
  await api.rooms.execute(roomId, { type: "turn.start", agent, turnId, node: "test", boot: api.runtime.instance });
  await api.rooms.execute(roomId, { type: "turn.end", agent, turnId, outcome: "failed", error: "overloaded" });
  return messageId;
}

/** Head version of a room's log. */
export async function headOf(api: Api, roomId: string): Promise<number> {
  return (await api.eventLog.head(`room/${roomId}`))?.version ?? 0;
}
