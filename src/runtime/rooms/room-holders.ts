import type { Clock } from "../../ports/clock.js";
import type { LeaseAnswer, Leases } from "../../ports/leases.js";
import {
  afterGuestCommands,
  afterOwnCommand,
  extended,
  hasToAsk,
  holderGone,
  isToExtend,
  type KnownHolder,
} from "./room-holder.js";

/** Finds the process of the fleet that writes a room. A hint to avoid conflicts: the log's guard decides, even if two processes write. */
export interface RoomHolders {
  /** Name of the process to hand a command to; undefined if this process decides it. Never rejects. */
  elsewhere(roomId: string): Promise<string | undefined>;
  /** Whether this process writes the room. Takes the lease if nobody holds it. Never rejects. */
  isHere(roomId: string): Promise<boolean>;
  /** Call when the process that was asked did not answer, or no longer writes the room. */
  gone(roomId: string): void;
  /** Call when commands of another process were decided here. `canHold`: that process could write the room itself. */
  hadGuest(roomId: string, guest: { node: string; count: number; canHold: boolean }): void;
  /** Releases all leases, so that others need not wait until they expire. */
  stop(): Promise<void>;
}

/** Rooms kept in memory; the least recently used are dropped first. */
const maxKnown = 10_000;

/** `canHold`: whether others can hand commands to this process. If not, it takes no lease. */
export function createRoomHolders(options: { leases: Leases; clock: Clock; canHold: () => boolean }): RoomHolders {
  const { leases, clock, canHold } = options;
  const known = new Map<string, KnownHolder>();
  const asking = new Map<string, Promise<KnownHolder>>();
  let isStopped = false;

  function remember(roomId: string, holder: KnownHolder): KnownHolder {
    known.delete(roomId);
    known.set(roomId, holder);
    const [oldest] = known.size > maxKnown ? known.keys() : [];
    if (oldest !== undefined) known.delete(oldest);
    return holder;
  }

  async function answerAbout(roomId: string): Promise<LeaseAnswer> {
    const name = `room/${roomId}`;
    if (canHold()) return leases.take(name);
    const node = await leases.holder(name);
    return node === undefined ? { kind: "unknown" } : { kind: "elsewhere", node };
  }

  function ask(roomId: string): Promise<KnownHolder> {
    const underWay = asking.get(roomId);
    if (underWay) return underWay;
    const asked = answerAbout(roomId)
      .then((answer) => remember(roomId, extended(known.get(roomId), answer, clock.monotonicMs())))
      .finally(() => asking.delete(roomId));
    asking.set(roomId, asked);
    return asked;
  }

  async function holderOf(roomId: string): Promise<KnownHolder> {
    const nowMs = clock.monotonicMs();
    if (isStopped) return holderGone(nowMs);
    const held = known.get(roomId);
    if (held === undefined || hasToAsk(held, nowMs)) return ask(roomId);
    if (isToExtend(held, nowMs)) void ask(roomId);
    return held;
  }

  async function give(roomId: string, held: KnownHolder): Promise<void> {
    known.delete(roomId);
    if (held.kind === "here") await held.lease.release();
  }

  return {
    async elsewhere(roomId) {
      const holder = await holderOf(roomId);
      if (holder.kind === "there") return holder.node;
      if (holder.kind === "here") remember(roomId, afterOwnCommand(holder));
      return undefined;
    },
    isHere: async (roomId) => (await holderOf(roomId)).kind === "here",
    gone: (roomId) => void remember(roomId, holderGone(clock.monotonicMs())),
    hadGuest(roomId, { node, count, canHold: couldHold }) {
      const held = known.get(roomId);
      if (!held || !couldHold) return;
      const { next, isToGive } = afterGuestCommands(held, { node, count });
      if (isToGive) void give(roomId, held);
      else known.set(roomId, next);
    },
    async stop() {
      isStopped = true;
      await Promise.all([...known].map(([roomId, held]) => give(roomId, held)));
    },
  };
}
