import { carriesWork, emptyExchanges, emptyRunAfter, type Members, type SpokenMessage } from "./empty-exchange.js";
import type { Policy } from "./policy.js";
import type { LoopGuard, Room } from "./room.js";

const window = 40;
/** Chosen so that none of the real work in the collected conversations halts: docs/decisions/0040-loop-guard-defaults.md. */
const defaults = { maxHops: 40, maxMessages: 40, maxPairRun: 28, maxEmptyExchanges: 3 };
/** Messages that each agent of a room may send before the room's default limit is reached: in a large room everybody may answer. */
const messagesPerAgent = 2;

/** The part of a message that the loop guard looks at. */
export interface GuardedMessage extends SpokenMessage {
  hop: number;
}

/** The names that messages of this room may have in them. */
export function membersOf({ agents, participants }: Room): Members {
  return { agents, isName: (word) => participants.has(word) };
}

/** The guard after one more agent message. Pure: `decide` looks ahead with it, `evolve` keeps what it returns. */
export function guardAfter(guard: LoopGuard, message: GuardedMessage, members: Members): LoopGuard {
  const { agents } = members;
  const recent =
    guard.recent.length < window ? [...guard.recent, message.from] : [...guard.recent.slice(1), message.from];
  const partner = partnerOf(message, agents);
  const next: LoopGuard = { sincePerson: guard.sincePerson + 1, recent };
  if (guard.gateId !== undefined) next.gateId = guard.gateId;
  if (partner !== undefined)
    next.pair = { ...orderedPair(message.from, partner), run: pairRunAfter(guard, message, { partner, members }) };
  const empty = emptyRunAfter(guard.empty, message, members);
  if (empty !== undefined) next.empty = empty;
  return next;
}

/** Why this message trips the guard, in words for people; undefined when it does not. */
export function tripReason(
  policy: Policy,
  guard: LoopGuard,
  message: GuardedMessage,
  agentCount: number,
): string | undefined {
  if (policy.loopGuard === false) return undefined;
  const maxHops = policy.loopGuard?.maxHops ?? defaults.maxHops;
  const maxMessages = policy.loopGuard?.maxMessages ?? Math.max(defaults.maxMessages, agentCount * messagesPerAgent);
  const maxPairRun = policy.loopGuard?.maxPairRun ?? defaults.maxPairRun;
  if (message.hop > maxHops) return `agents answered each other ${message.hop} times in a chain (limit ${maxHops})`;
  if (guard.sincePerson > maxMessages) {
    return `agents sent ${guard.sincePerson} messages since a person spoke (limit ${maxMessages})`;
  }
  if (guard.pair && guard.pair.run >= maxPairRun) {
    return `${guard.pair.a} and ${guard.pair.b} exchanged ${guard.pair.run} messages in a row without a tool, file, question or figure (limit ${maxPairRun})`;
  }
  if (agentCount >= 3 && guard.recent.length === window) {
    const own = guard.recent.filter((name) => name === message.from).length;
    if (own > window / 2) return `${message.from} wrote ${own} of the last ${window} agent messages`;
  }
  return emptyTalk(policy.loopGuard?.maxEmptyExchanges ?? defaults.maxEmptyExchanges, guard);
}

function emptyTalk(limit: number | false, guard: LoopGuard): string | undefined {
  if (limit === false || guard.empty === undefined) return undefined;
  const { count, agents } = emptyExchanges(guard.empty);
  if (count < limit) return undefined;
  const names = [agents.slice(0, -1).join(", "), ...agents.slice(-1)].join(" and ");
  return `${names} answered each other ${count} times in a row without anything new (limit ${limit})`;
}

/** The one agent a message is for, or undefined when it is for several or for none. */
function partnerOf(message: GuardedMessage, agents: readonly string[]): string | undefined {
  if (message.to === "room") return agents.length === 2 ? agents.find((name) => name !== message.from) : undefined;
  const [only, second] = message.to.filter((name) => agents.includes(name));
  return second === undefined ? only : undefined;
}

/** A message that shows work begins the count again: two agents may work a long list off with each other. */
function pairRunAfter(
  guard: LoopGuard,
  message: GuardedMessage,
  { partner, members }: { partner: string; members: Members },
): number {
  if (carriesWork(message, members)) return 0;
  const { a, b } = orderedPair(message.from, partner);
  return 1 + (guard.pair?.a === a && guard.pair.b === b ? guard.pair.run : 0);
}

function orderedPair(one: string, other: string): { a: string; b: string } {
  return one < other ? { a: one, b: other } : { a: other, b: one };
}
