import type { EventOf, EventType, PersonRole, Recipients, RoomEvent, TurnOutcome } from "../../src/core/room/event.js";
import { gateHash } from "../../src/core/room/gate.js";
import type { Policy } from "../../src/core/room/policy.js";
import { sha256 } from "./sha256.js";

type Fields<T extends EventType> = Partial<Omit<EventOf<T>, "type">>;

/** Short ways to write the common events; `fields` change what matters to a test. */
export const created = (policy: Policy = {}, fields: Fields<"room.created"> = {}): RoomEvent => ({
  type: "room.created",
  name: "Reports",
  policy,
  ...fields,
});

export const person = (
  name: string,
  role: PersonRole = "member",
  fields: Fields<"participant.joined"> = {},
): RoomEvent => ({ type: "participant.joined", name, displayName: name, kind: "human", role, ...fields });

export const agent = (name: string, fields: Fields<"participant.joined"> = {}): RoomEvent => ({
  type: "participant.joined",
  name,
  displayName: name,
  kind: "agent",
  role: "coder",
  runtime: "scripted",
  ...fields,
});

/** The usual room: mia owns it, ann approves, tom is a member, vic watches; with these agents. */
export const roomOf = (agents: readonly string[] = [], policy: Policy = {}): RoomEvent[] => [
  created(policy),
  person("mia", "owner"),
  person("ann", "approver"),
  person("tom", "member"),
  person("vic", "viewer"),
  ...agents.map((name) => agent(name)),
];

/** Its id is its text unless `fields` say otherwise. */
export const posted = (
  from: string,
  to: Recipients,
  body: string,
  fields: Fields<"message.posted"> = {},
): EventOf<"message.posted"> => ({
  type: "message.posted",
  messageId: body,
  from,
  to,
  body,
  class: "deliver",
  hop: 0,
  ...fields,
});

export const bounced = (to: string, messageId: string, fields: Fields<"message.bounced"> = {}): RoomEvent => ({
  type: "message.bounced",
  messageId,
  to,
  reason: "unknown-name",
  detail: "nobody of that name is here",
  wakes: true,
  ...fields,
});

/** A gate with the right hash for its content. */
export const opened = (
  gate: Pick<EventOf<"gate.opened">, "gateId" | "kind" | "from" | "body"> & Fields<"gate.opened">,
): EventOf<"gate.opened"> => ({ type: "gate.opened", why: "", hash: gateHash(gate, sha256), ...gate });

/** A message of `from` that waits for a person. */
export const held = (
  from: string,
  body: string,
  fields: { gateId?: string; to?: Recipients; hop?: number; expiresAtMs?: number } = {},
): EventOf<"gate.opened"> => {
  const { gateId = `g-${body}`, to = "room", hop = 1, expiresAtMs } = fields;
  const message = { messageId: `m-${body}`, class: "deliver" as const, hop };
  return opened({
    gateId,
    kind: "message",
    from,
    to,
    body,
    message,
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  });
};

/** A question an agent asked with GATE: */
export const question = (from: string, body: string, fields: Fields<"gate.opened"> = {}): EventOf<"gate.opened"> =>
  opened({ gateId: `g-${body}`, kind: "question", from, body, ...fields });

/** A permission or question that a turn waits for. */
export const asked = (
  from: string,
  requestId: string,
  fields: Fields<"gate.opened"> & { turnId: string },
): EventOf<"gate.opened"> =>
  opened({ gateId: `a-${requestId}`, kind: "tool", from, body: '{"command":"ls"}', requestId, ...fields });

export const continueGate = (from: string, gateId = "continue-1"): EventOf<"gate.opened"> =>
  opened({ gateId, kind: "continue", from, body: "Go on?" });

export const turnStarted = (
  name: string,
  messages: readonly string[],
  fields: Fields<"turn.started"> = {},
): EventOf<"turn.started"> => ({
  type: "turn.started",
  turnId: "t1",
  agent: name,
  messages: [...messages],
  node: "n1",
  boot: "b1",
  attempt: 1,
  ...fields,
});

export const turnEnded = (
  name: string,
  outcome: TurnOutcome = "done",
  fields: Fields<"turn.ended"> = {},
): EventOf<"turn.ended"> => ({ type: "turn.ended", turnId: "t1", agent: name, outcome, ...fields });

export const invited = (inviteId: string, fields: Fields<"invite.created"> = {}): EventOf<"invite.created"> => ({
  type: "invite.created",
  inviteId,
  hash: sha256(inviteId),
  role: "member",
  expiresAtMs: Number.MAX_SAFE_INTEGER,
  maxUses: 1,
  ...fields,
});
