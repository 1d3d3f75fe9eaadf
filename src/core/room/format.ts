import type { RoomEvent } from "./event.js";

/**
 * The number of the log's format. It is raised for a commit that an older version could not fold as it is meant. What an older version passes over without
 * harm (an event of a new type, a new optional field that changes nothing) needs no new number.
 */
export const formatMeanings: Readonly<Record<number, string>> = {
  1: "rooms as the first version wrote them",
  2: "gates with content beside their text, answers by question, votes, and policies or budgets with members that the first version did not know; messages delivered again or taken back on request, new conversations, and an agent's effort, mode and later prompt",
};

/** The number of a log that says none. */
export const firstFormat = 1;

/** The highest number this version reads and writes. */
export const knownFormat = 2;

/** The lowest number of the log with which these events may be written. */
export function formatNeededBy(events: readonly RoomEvent[]): number {
  return events.some(needsFormat2) ? 2 : firstFormat;
}

/** Members of a policy in the first version; a list: members of the object. It refuses others, and with them the whole commit. */
const policyOfFormat1: Readonly<Record<string, readonly string[] | "any">> = {
  gate: "any",
  askIn: "any",
  loopGuard: ["maxHops", "maxMessages", "maxPairRun"],
  gateExpiry: ["afterS", "then"],
  gateReminder: ["afterS", "times"],
  budget: ["usd", "tokens"],
  egress: "any",
};

/**
 * A version that knows 1 alone would decide such a gate by a hash that leaves out the content, drop the answers, decide without the votes, pass over a commit
 * whose policy it cannot read, never deliver what was asked for again, deliver what its sender took back, or run an agent in its old conversation.
 */
function needsFormat2(event: RoomEvent): boolean {
  switch (event.type) {
    case "gate.opened":
      return event.content !== undefined;
    case "gate.resolved":
      return event.choices !== undefined;
    case "gate.voted":
    case "message.retried":
    case "message.withdrawn":
    case "conversation.begun":
      return true;
    case "room.created":
    case "room.configured":
      return event.policy !== undefined && !isPolicyOfFormat1(event.policy);
    case "participant.joined":
      return event.effort !== undefined || event.mode !== undefined || !isBudgetOfFormat1(event);
    case "participant.configured":
      return settingsOfFormat2.some((name) => event[name] !== undefined) || !isBudgetOfFormat1(event);
    default:
      return false;
  }
}

/** An agent run by a version that passes over them would work by its old words, or without the mode it is to work in. */
const settingsOfFormat2 = ["effort", "mode", "prompt", "script"] as const;

function isBudgetOfFormat1(event: { budget?: unknown }): boolean {
  return hasOnly(event.budget, ["usd", "tokens"]);
}

function isPolicyOfFormat1(policy: object): boolean {
  return Object.entries(policy).every(([name, value]) => {
    const members = Object.hasOwn(policyOfFormat1, name) ? policyOfFormat1[name] : undefined;
    return members !== undefined && (members === "any" || hasOnly(value, members));
  });
}

function hasOnly(value: unknown, members: readonly string[]): boolean {
  return typeof value !== "object" || value === null || Object.keys(value).every((name) => members.includes(name));
}
