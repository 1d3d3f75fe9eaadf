import { PortError } from "../../../src/ports/port-error.js";
import type { Workspaces } from "../../../src/ports/workspaces.js";
import type { OperationId } from "../../../src/protocol/operations.js";
import { everyAgentsWork } from "../../support/every-agents-work.js";
import type { GivenParts } from "../../support/memory-parts.js";
import { type Api, adminToken, agentFails, agentSays, type Call, createApi, makeRoom, type TestRoom } from "./api.js";
import { agentPushes, endTurn, recordSteps, startTurn } from "./turns.js";
import { upload } from "./upload.js";

/** A request that the server can carry out. */
export interface Request extends Call {
  /** The values of `:id` and the like in the address. */
  parts?: Record<string, string>;
}

/** Rooms with all that the operations are about. */
export interface World {
  api: Api;
  /** Open, with agents, people of every role, a gate, and an invite. */
  room: TestRoom;
  closed: TestRoom;
  gate: { gateId: string; hash: string };
  /** Id of a gate for a push with one diff. */
  pushGateId: string;
  inviteId: string;
  /** The set-up of the room's repository. */
  setup: { hash: string };
  /** Id of a message whose turn failed. */
  failed: string;
  /** Id of a turn in which the tool `tool-1` gave back more than its step holds. */
  turnId: string;
  /** Id of a message of a member that no agent has taken. */
  waiting: string;
  /** Hash of a file that a message carries. */
  sha256: string;
  /** A token for programs that may post and do nothing else, and its id. */
  postOnly: { id: string; token: string };
  /** An agent outside Parley with an open turn and an open question, and one in the closed room. */
  external: { token: string; turnId: string; gateId: string; ofClosed: string };
  /** An unused name. */
  fresh(): string;
}

/** Only `reviewer`, of whom nothing is held, has a work folder; whatever is asked of another agent's is refused. */
function workOfReviewer(): Workspaces {
  const work = everyAgentsWork();
  const refuseOthers = ({ name }: { name: string }) => {
    if (name !== "reviewer") throw new PortError("It is a link.", { code: "refused", retryable: false });
    return work;
  };
  return {
    ...work,
    list: async (agent, folder, options) => refuseOthers(agent).list(agent, folder, options),
    read: async (agent, path, options) => refuseOthers(agent).read(agent, path, options),
    archive: async (agent, options) => refuseOthers(agent).archive(agent, options),
  };
}

/** Bounds on files that one request can pass. */
const smallFiles = { maxFileBytes: 64 * 1_024, maxPersonBytes: 48 * 1_024 };

/** A room with everything that operations need. `caps`: bounds on requests; absent: none. */
export async function createWorld({ caps }: Pick<GivenParts, "caps"> = {}): Promise<World> {
  const api = await createApi({ caps: caps ?? { files: smallFiles }, workspaces: workOfReviewer() });
  const repo = "https://github.com/acme/widgets";
  const room = await makeRoom(api, { policy: { gate: "always", loopGuard: false }, repo });
  const closed = await makeRoom(api);
  const outside = { name: "outside", runtime: "external" };
  const ofClosed = (await api.call("POST", `${closed.path}/agents`, { token: closed.owner, body: outside })).json.token;
  await api.call("POST", `${closed.path}/close`, { token: closed.owner });
  await agentSays(api, room.roomId, { text: "@room please look" });
  const failed = await agentFails(api, room.roomId, "reviewer");
  const turnId = await startTurn(api, room.roomId, "reviewer");
  const blob = await api.blobs.put(Buffer.from("all of it"));
  const result = { type: "tool.result", id: "tool-1", ok: true, bytes: 9, text: "all", cut: true, blob };
  await recordSteps(api, { roomId: room.roomId, turnId, agent: "reviewer" }, [result]);
  await endTurn(api, room.roomId, turnId, "reviewer");
  const pushGateId = await agentPushes(api, room.roomId, "+new\n");
  const { gates } = (await api.call("GET", `${room.path}/gates`, { token: room.owner })).json;
  const { invites } = (await api.call("GET", `${room.path}/invites`, { token: room.owner })).json;
  const files = [{ kind: "instructions", path: "CLAUDE.md", text: "Use tabs." }] as const;
  await api.deps.setups.offer(room.roomId, { commit: "1f0c2ab", files, refused: [] });
  const setup = (await api.call("GET", `${room.path}/setups`, { token: room.owner })).json.offered;
  const made = await api.call("POST", "/api/tokens", { token: room.owner, body: { scopes: ["post"] } });
  const posted = (
    await api.call("POST", `${room.path}/messages`, { token: room.member, body: { body: "@coder wait" } })
  ).json;
  const { token } = (await api.call("POST", `${room.path}/agents`, { token: room.owner, body: outside })).json;
  await api.call("POST", `${room.path}/messages`, { token: room.owner, body: { body: "@outside look" } });
  const { turn } = (await api.call("POST", `${room.path}/agent/take`, { token })).json;
  const { gateId } = (await api.call("POST", `${room.path}/agent/questions`, { token, body: { body: "Which?" } })).json;
  const { id, sha256 } = await upload(api, room, { name: "notes.txt", content: "some notes" });
  await api.call("POST", `${room.path}/messages`, { token: room.member, body: { body: "see", attachments: [id] } });
  let count = 0;
  const fresh = () => {
    count += 1;
    return `new${count}`;
  };
  return {
    api,
    room,
    closed,
    gate: gates[0],
    pushGateId,
    inviteId: invites[0].inviteId,
    setup,
    failed,
    turnId,
    waiting: posted.messageId,
    sha256,
    postOnly: made.json,
    external: { token, turnId: turn.turnId, gateId, ofClosed },
    fresh,
  };
}

const asOutside = ({ external }: Pick<World, "external">): Request => ({ token: external.token });
const ofAgent = { parts: { name: "coder" } };
const ofReviewer = { parts: { name: "reviewer" } };

/** For every operation a request that succeeds in a new world. */
export const happy: Readonly<Record<OperationId, (world: World) => Request>> = {
  getHealth: () => ({ token: adminToken }),
  getMetrics: () => ({ token: adminToken }),
  listRoles: () => ({}),
  listRuntimes: () => ({}),
  getConfig: () => ({}),
  getOpenApi: () => ({}),
  getFace: () => ({ parts: { file: "1-0-CO.png" } }),
  createRoom: () => ({ token: adminToken, body: { name: "Another" } }),
  listRooms: () => ({ token: adminToken }),
  getRoom: () => ({}),
  getRoomSummary: () => ({}),
  configureRoom: () => ({ body: { name: "Renamed" } }),
  pauseRoom: () => ({}),
  resumeRoom: () => ({}),
  closeRoom: () => ({}),
  stopRoom: () => ({}),
  purgeRoom: ({ closed }) => ({ token: closed.owner, parts: { id: closed.roomId } }),
  exportRoom: () => ({}),
  getRoomUsage: () => ({}),
  getSetup: () => ({}),
  decideSetup: ({ setup }) => ({ body: { hash: setup.hash, use: ["CLAUDE.md"] } }),
  getUsage: () => ({ token: adminToken }),
  getSpending: () => ({ token: adminToken }),
  setSpending: () => ({ token: adminToken, body: { stopped: false } }),
  postMessage: () => ({ body: { body: "hello" } }),
  retryMessage: ({ failed }) => ({ parts: { messageId: failed } }),
  withdrawMessage: ({ waiting, room }) => ({ token: room.member, parts: { messageId: waiting } }),
  replaceMessage: ({ waiting, room }) => ({
    token: room.member,
    parts: { messageId: waiting },
    body: { body: "in other words" },
  }),
  retryLast: () => ({}),
  uploadFile: () => ({ parts: { query: "?name=a.txt" }, raw: "text" }),
  getFile: ({ sha256 }) => ({ parts: { sha256 } }),
  listMessages: () => ({}),
  followRoom: () => ({}),
  followAgent: () => ofAgent,
  addAgent: ({ fresh }) => ({ body: { name: fresh(), script: [] } }),
  agentDetails: () => ofAgent,
  createAgentToken: () => ({ parts: { name: "outside" } }),
  lookAsAgent: asOutside,
  takeTurn: asOutside,
  streamTurns: asOutside,
  acknowledgeTurn: ({ external }) => ({ ...asOutside({ external }), body: { turnId: external.turnId } }),
  sayAsAgent: (world) => ({ ...asOutside(world), body: { body: "hello", to: ["coder"] } }),
  messagesAsAgent: asOutside,
  askAsAgent: (world) => ({ ...asOutside(world), body: { body: "May I?", options: [{ label: "yes" }] } }),
  withdrawAsAgent: ({ external }) => ({ ...asOutside({ external }), parts: { gateId: external.gateId } }),
  appendEntry: (world) => ({ ...asOutside(world), body: { entry: { step: 1 } } }),
  configureAgent: () => ({ ...ofAgent, body: { gate: "first" } }),
  listWork: () => ofReviewer,
  readWork: () => ({ parts: { name: "reviewer", query: "?path=README.md" } }),
  workStatus: () => ofReviewer,
  workDiff: () => ofReviewer,
  downloadWork: () => ofReviewer,
  freshAgent: () => ofAgent,
  interruptAgent: () => ofAgent,
  moveAgent: () => ofAgent,
  removeAgent: () => ofAgent,
  joinRoom: ({ room, fresh }) => ({ body: { code: room.invites.member, name: fresh() } }),
  listGates: () => ({}),
  readGateDiff: ({ pushGateId }) => ({ parts: { gateId: pushGateId, at: "0" } }),
  decideGate: ({ gate }) => ({ parts: { gateId: gate.gateId }, body: { action: "approve", hash: gate.hash } }),
  announceDecision: ({ gate }) => ({
    parts: { gateId: gate.gateId },
    body: { choice: { action: "approve", forMs: 5_000 } },
  }),
  listInvites: () => ({}),
  createInvite: () => ({ body: { role: "viewer" } }),
  revokeInvite: ({ inviteId }) => ({ parts: { inviteId } }),
  createLink: () => ({}),
  changePersonRole: () => ({ parts: { name: "vic" }, body: { role: "member" } }),
  removePerson: () => ({ parts: { name: "vic" } }),
  createToken: () => ({ body: { scopes: ["read"] } }),
  listTokens: () => ({}),
  revokeToken: ({ postOnly }) => ({ parts: { tokenId: postOnly.id } }),
  listTurns: () => ofAgent,
  findSteps: () => ({ ...ofAgent, parts: { ...ofAgent.parts, query: "?q=all" } }),
  readSteps: ({ turnId }) => ({ parts: { turnId } }),
  readResult: ({ turnId }) => ({ parts: { turnId, stepId: "tool-1" } }),
  deriveName: () => ({ parts: { query: "?from=Mia" } }),
};

/** The head of a PNG of 9,000 x 9,000 pixels. */
const hugeImage = Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x23\x28\0\0\x23\x28", "latin1");

const elsewhere = { Origin: "https://elsewhere.example" };
const inClosed = ({ closed }: World) => ({ token: closed.owner, parts: { id: closed.roomId } });

/** Changes that make a successful request end with this status. Tried in order if a status has several. */
export const aims: Readonly<Record<number, readonly ((world: World, id: OperationId) => Request)[]>> = {
  206: [() => ({ headers: { Range: "bytes=0-3" } })],
  400: [() => ({ raw: "{" }), () => ({ raw: "cut", headers: { "Content-Length": "999" } })],
  401: [() => ({ token: undefined }), () => ({ token: "p1.e30.x" })],
  403: [
    ({ room }) => ({ token: room.viewer }),
    ({ closed }) => ({ token: closed.viewer, parts: { id: closed.roomId } }),
    ({ postOnly }) => ({ token: postOnly.token }),
    () => ({ headers: elsewhere }),
    ({ room }) => ({ token: undefined, headers: { ...elsewhere, Cookie: `parley_${room.roomId}=${room.owner}` } }),
  ],
  404: [
    ({ external }) => ({ token: external.token, parts: { id: "0000000000" } }),
    () => ({ token: adminToken, parts: { id: "0000000000", tokenId: "none", file: "none" } }),
    () => ({ token: adminToken, body: { scopes: ["read"], roomId: "0000000000" } }),
    ({ fresh }) => ({ body: { code: "NOT-A-CODE", name: fresh() } }),
  ],
  409: [
    inClosed,
    ({ closed, external }) => ({ token: external.ofClosed, parts: { id: closed.roomId } }),
    ({ room }) => ({ token: room.owner, parts: { id: room.roomId } }),
    (_world, id) => ({ parts: { name: "coder", ...(id === "readWork" && { query: "?path=README.md" }) } }),
    ({ room }) => ({ body: { code: room.invites.member, name: "coder" } }),
    () => ({ headers: { "Idempotency-Key": "one" }, body: { name: "Of another name" } }),
    () => ({ headers: { "Parley-As": "nobody" } }),
  ],
  413: [() => ({ raw: " ".repeat(64 * 1_024 + 1) })],
  415: [() => ({ raw: hugeImage })],
  416: [() => ({ headers: { Range: "bytes=999999-" } })],
  507: [() => ({ raw: "x".repeat(56 * 1_024) })],
  422: [() => ({ parts: { query: "?unknown=1" } })],
};

/** The address of an operation, with its parameters filled in. `query` is appended. */
export function addressOf(path: string, { room }: World, parts: Record<string, string> = {}): string {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(parts[name] ?? (name === "id" ? room.roomId : "nobody")),
  );
  return filled + (parts.query ?? "");
}
