import { type AgentRequest, type ResolveAgent, withInitial } from "../../core/room/agent-request.js";
import type { ChatPerson, CreateRoom, NewAgent } from "../../core/room/command.js";
import { decide } from "../../core/room/decide.js";
import type { Budget, Policy } from "../../core/room/policy.js";
import type { Issue, Rejection } from "../../core/room/rejection.js";
import type { Actor } from "../../core/room/rights.js";
import { emptyRoom } from "../../core/room/room.js";
import { base32, roomIdLength } from "../../core/values/invite-code.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Ids } from "../../ports/ids.js";
import type { InitialCodes, Invites } from "../access/invites.js";
import { deriveKey, hmac } from "../access/secrets.js";
import type { Tokens } from "../access/tokens.js";
import { commitsAfter, createLogWriter } from "./log-writer.js";
import type { RoomService } from "./service.js";

/** A room as it is asked for. */
export interface NewRoomRequest {
  name: string;
  /** Default `host`. */
  owner?: string | undefined;
  ownerFromChat?: ChatPerson | undefined;
  agents?: AgentRequest[] | undefined;
  policy?: Policy | undefined;
  repo?: string | undefined;
  branch?: string | undefined;
}

/** The new room with its owner’s token and invite codes, or why it was rejected. */
export type CreatedRoom =
  | { kind: "created"; roomId: string; name: string; version: number; token: string; invites: InitialCodes }
  | { kind: "rejected"; rejection: Rejection };

/** Makes a room; the same idempotency key gives the same room. */
export type MakeRoom = (
  request: NewRoomRequest,
  options: { by: Actor; idempotencyKey?: string | undefined; cause?: string },
) => Promise<CreatedRoom>;

const registry = "rooms";

/** Makes rooms: first the registry learns the id, then the room gets its first commit, so that a crash in between loses nothing. */
export function createRoomMaker(options: {
  rooms: RoomService;
  eventLog: EventLog;
  ids: Ids;
  clock: Clock;
  secret: string;
  sha256: (text: string) => string;
  tokens: Tokens;
  invites: Invites;
  resolveAgent: ResolveAgent;
  /** Of rooms whose policy names no budget; a policy with an empty one (`{}`) has none. Absent: none. */
  defaultBudget?: Budget | undefined;
}): MakeRoom {
  const { rooms, eventLog, ids, clock, sha256, tokens, invites } = options;
  const writer = createLogWriter({ eventLog, clock });
  const roomIdKey = deriveKey(options.secret, "room-id");

  return async function makeRoom(request, { by, idempotencyKey, cause }) {
    const resolved = resolveAgents(request.agents ?? [], options);
    if (resolved.kind === "rejected") return resolved;
    const roomId = newRoomId(idempotencyKey);
    const initial = invites.initial(roomId);
    const command = commandOf(
      { ...request, policy: withBudget(request.policy, options.defaultBudget) },
      { by, agents: resolved.agents, invites: initial.invites },
    );
    // Only a request made under a key can be recognised again.
    if (idempotencyKey !== undefined) command.fingerprint = sha256(JSON.stringify(request)).slice(0, 32);
    const known = await rooms.read(roomId, () => true);
    const judged = known ? undefined : decide(emptyRoom(roomId), command, { nowMs: clock.nowMs(), sha256 });
    if (judged?.kind === "rejected") return judged;
    if (!known) await register(roomId);
    const executed = await rooms.execute(roomId, command, cause === undefined ? {} : { cause });
    if (executed.kind === "rejected") return executed;
    const { version } = executed;
    const token = tokens.issue({ roomId, name: command.owner, joinedVersion: version });
    return { kind: "created", roomId, name: command.name, version, token, invites: initial.codes };
  };

  function newRoomId(idempotencyKey: string | undefined): string {
    const bytes = idempotencyKey === undefined ? ids.bytes(roomIdLength) : hmac(roomIdKey, idempotencyKey);
    return base32(bytes, roomIdLength);
  }

  async function register(roomId: string): Promise<void> {
    await writer.write({
      stream: registry,
      label: "the list of rooms",
      decide: async () => {
        const head = await eventLog.head(registry);
        return commitsAfter(head, [[registered(roomId)]], { ids, nowMs: clock.nowMs(), by: "parley" });
      },
    });
  }
}

/** The registry's event: a room of that id may exist. */
function registered(roomId: string): { type: "room.registered"; roomId: string } {
  return { type: "room.registered", roomId };
}

function resolveAgents(
  requests: readonly AgentRequest[],
  { resolveAgent, ids }: { resolveAgent: ResolveAgent; ids: Ids },
): { kind: "ok"; agents: NewAgent[] } | { kind: "rejected"; rejection: Rejection } {
  const agents: NewAgent[] = [];
  const issues: Issue[] = [];
  for (const [index, request] of requests.entries()) {
    const resolved = resolveAgent(request);
    const { initialPrompt: body } = request;
    if (resolved.kind === "ok") agents.push(withInitial(resolved.agent, { body, messageId: ids.next() }));
    else issues.push(...resolved.issues.map(({ path, message }) => ({ path: ["agents", index, ...path], message })));
  }
  if (issues.length === 0) return { kind: "ok", agents };
  return { kind: "rejected", rejection: { code: "invalid", detail: issues[0]?.message ?? "invalid", issues } };
}

function withBudget(policy: Policy = {}, budget: Budget | undefined): Policy {
  return budget === undefined || policy.budget !== undefined ? policy : { ...policy, budget };
}

function commandOf(
  { name, owner, ownerFromChat, policy, repo, branch }: NewRoomRequest,
  given: Pick<CreateRoom, "by" | "agents" | "invites">,
): CreateRoom {
  return {
    type: "room.create",
    ...given,
    name,
    owner: owner ?? "host",
    ...(ownerFromChat && { ownerFromChat }),
    policy: policy ?? {},
    ...(repo !== undefined && { repo }),
    ...(branch !== undefined && { branch }),
  };
}
