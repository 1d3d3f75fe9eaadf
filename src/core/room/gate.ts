import type { GateContent, GateKind, GateOption, GateOutcome, Recipients } from "./event.js";
import type { GatePolicy, Policy } from "./policy.js";
import { type AgentMember, presentParticipant, type Room } from "./room.js";

/** The members of a gate that its hash covers. */
export interface HashedGate {
  gateId: string;
  kind: GateKind;
  from: string;
  to?: Recipients | undefined;
  body: string;
  options?: readonly GateOption[] | undefined;
  content?: GateContent | undefined;
}

/** Which of the two hashes a gate has: 2 where it has content beside its text, 1 for every other. */
export function hashVersionOf(gate: { content?: unknown }): 1 | 2 {
  return gate.content === undefined ? 1 : 2;
}

/**
 * What a decision names: SHA-256 hex of exactly what was shown. Version 1 is over `JSON.stringify([gateId, kind, from, to, body, options])`. Version 2 has
 * the line `parley-gate-2` before it and the content as a seventh member, so that neither can pass for the other.
 */
export function gateHash(gate: HashedGate, sha256: (text: string) => string): string {
  const { gateId, kind, from, to, body, options, content } = gate;
  if (content === undefined) return sha256(JSON.stringify([gateId, kind, from, to, body, options]));
  return sha256(`parley-gate-2\n${JSON.stringify([gateId, kind, from, to, body, options, content])}`);
}

/**
 * Why this message must be held, in words for people; undefined when it need not. What goes to the room reaches everybody in it: a gate on
 * messages to mia holds it too while mia is there.
 */
export function holdReason(
  agent: AgentMember,
  room: Room,
  message: { to: Recipients; body: string },
): string | undefined {
  const gate: GatePolicy = agent.gate ?? room.policy.gate ?? "never";
  if (gate === "never") return undefined;
  if (gate === "always") return `every message of ${agent.name} is held`;
  if (gate === "first") return agent.approvedOnce ? undefined : `the first message of ${agent.name} is held`;
  const target = gate.to?.find((name) => reaches(room, message.to, name.toLowerCase()));
  if (target !== undefined) return `messages of ${agent.name} to ${target} are held`;
  const body = message.body.toLowerCase();
  const prefix = gate.prefix?.find((text) => body.startsWith(text.toLowerCase()));
  return prefix === undefined ? undefined : `messages of ${agent.name} that start with “${prefix}” are held`;
}

function reaches(room: Room, to: Recipients, name: string): boolean {
  if (to !== "room") return to.includes(name);
  return name === "room" || presentParticipant(room, name) !== undefined;
}

/** Whether people below approver may watch this agent work: not while its messages are held. */
export function isGated(agent: AgentMember, policy: Policy): boolean {
  const gate: GatePolicy = agent.gate ?? policy.gate ?? "never";
  return gate !== "never" && !(gate === "first" && agent.approvedOnce);
}

const refusals: ReadonlySet<string> = new Set<GateOutcome>(["dropped", "denied", "stopped", "expired", "withdrawn"]);

/** A mark for a gate's outcome: whether the requested action happened. */
export function outcomeMark(outcome: string): "✔" | "✖" {
  return refusals.has(outcome) ? "✖" : "✔";
}

/** Every action on a gate. */
export const gateActions = ["approve", "edit", "drop", "answer", "allow", "deny", "continue", "stop"] as const;
/** The actions on a gate; `actionsOf` lists them. */
export type GateAction = (typeof gateActions)[number];

/** Which decisions fit which gate. */
export const actionsOf: Record<GateKind, readonly GateAction[]> = {
  message: ["approve", "edit", "drop"],
  question: ["answer", "drop"],
  tool: ["allow", "deny"],
  continue: ["continue", "stop"],
};
