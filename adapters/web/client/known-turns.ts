import { type ReadonlySignal, signal } from "@preact/signals";
import type { TurnView } from "../../../src/protocol/turns.js";
import type { RoomApi } from "./api.js";

/** The turns of the room's agents, as far as the page has asked for them. */
export interface KnownTurns {
  /** By the message that a turn posted last. */
  readonly byMessage: ReadonlySignal<ReadonlyMap<string, TurnView>>;
  /** A message of an agent is shown: its turn is read, with those near it, unless it is known. */
  ask(agent: string, message: { id: string; at: number }): void;
  /** The agent has ended its turn. */
  renew(agent: string): void;
}

/** How far the turns of one agent were read. */
interface ReadTurns {
  /** The `before` of the next page; undefined: all are read, or none. */
  next: string | undefined;
  /** Unix ms of the oldest turn that is known. */
  oldestMs: number;
  reading: boolean;
  /** When the newest page was read, Unix ms. */
  readAtMs: number;
}

const pageTurns = 50;
/** The newest page of an agent is read again at most so often, ms. */
const renewEveryMs = 1_500;

/** Reads turns a page at a time, only where messages of their agents are shown. */
export function createKnownTurns(api: Pick<RoomApi, "turns">, nowMs: () => number): KnownTurns {
  const byMessage = signal<ReadonlyMap<string, TurnView>>(new Map());
  const agents = new Map<string, ReadTurns>();
  let isRefused = false;

  async function readPage(agent: string, before: string | undefined): Promise<void> {
    const known = agents.get(agent) ?? {
      next: undefined,
      oldestMs: Number.POSITIVE_INFINITY,
      reading: false,
      readAtMs: 0,
    };
    if (known.reading || isRefused) return;
    agents.set(agent, { ...known, reading: true });
    const answer = await api.turns(agent, { limit: pageTurns, ...(before !== undefined && { before }) });
    if (!answer.ok) {
      // A viewer reads none, and asks no second time.
      isRefused = answer.problem.status === 403;
      agents.set(agent, { ...known, readAtMs: nowMs(), reading: false });
      return;
    }
    const { turns, next } = answer.value;
    const isOlder = before !== undefined || known.readAtMs === 0;
    const oldestMs = Math.min(known.oldestMs, turns.at(-1)?.startedAt ?? 0);
    const readAtMs = before === undefined ? nowMs() : known.readAtMs;
    agents.set(agent, { next: isOlder ? next : known.next, oldestMs, readAtMs, reading: false });
    byMessage.value = new Map([...byMessage.peek(), ...turns.flatMap(lastMessageOf)]);
  }

  return {
    byMessage,
    ask(agent, { id, at }) {
      const known = agents.get(agent);
      if (isRefused || known?.reading || byMessage.peek().has(id)) return;
      if (!known) void readPage(agent, undefined);
      else if (at < known.oldestMs && known.next !== undefined) void readPage(agent, known.next);
      else if (at > known.readAtMs - renewEveryMs && nowMs() - known.readAtMs > renewEveryMs)
        void readPage(agent, undefined);
    },
    renew(agent) {
      if (agents.has(agent)) void readPage(agent, undefined);
    },
  };
}

/** A turn that said several things is shown under the last of them. */
function lastMessageOf(turn: TurnView): [string, TurnView][] {
  const last = turn.messages.at(-1);
  return last === undefined ? [] : [[last, turn]];
}
