import { amountOf, budgetsLeft, maySpend } from "../../core/room/budget.js";
import { presentAgent } from "../../core/room/room.js";
import {
  type AccountLeft,
  type Amount,
  abort,
  emptyLedger,
  hasRoom,
  isSpent,
  type Ledger,
  wait,
  wake,
} from "../../core/values/reservations.js";
import type { CallReservation, CallUsage, ReservationRefusal } from "../../ports/call-reservation.js";
import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import type { Reservations } from "../../ports/reservations.js";
import type { RoomService } from "../rooms/service.js";
import { createUsageRecorder } from "./record-usage.js";

/** Budgets of model calls: the remainder, and the usage. */
export interface Spending {
  /** Whether the agent is in its room and has something left of its budgets, reservations not counted. */
  isAllowed(agent: SpendingAgent): Promise<boolean>;
  /** As `GatewayCaller.reserve`. */
  reserve(
    agent: SpendingAgent,
    call: { estimate: CallUsage; signal: AbortSignal },
  ): Promise<CallReservation | ReservationRefusal>;
}

/** An agent by its room and name. */
export interface SpendingAgent {
  roomId: string;
  name: string;
}

/** Where budgets, reservations and usage are kept. */
export interface SpendingOptions {
  rooms: RoomService;
  reservations: Reservations;
  /** Ids of reservations, unique over all processes. */
  newId: () => string;
  /** True where other processes write to the same rooms. */
  isShared: boolean;
  /** A call that waits for the end of others is refused after this; default 5 min. */
  maxWaitMs?: number;
  clock: Clock;
  logger: Logger;
}

const defaultMaxWaitMs = 300_000;
/** A room is told of a call that waits longer than this. */
const tellAfterMs = 2_000;
/** The end of a call in another process is noticed within this time. */
const pollMs = 250;

type Attempt = "reserved" | "full" | "spent";

/** Reads the budgets of a room with every call and reserves by them. */
export function createSpending(options: SpendingOptions): Spending {
  const { rooms, reservations, isShared, clock, logger, maxWaitMs = defaultMaxWaitMs } = options;
  const recordUsage = createUsageRecorder(options);
  const line = createLine(clock);
  const toldOfWait = new Set<string>();
  const fresh = isShared ? { fresh: true } : {};

  const isAllowed: Spending["isAllowed"] = ({ roomId, name }) =>
    rooms.peek(roomId, (room) => presentAgent(room, name) !== undefined && maySpend(room, name), fresh);

  /** Undefined: the agent has left. */
  const leftOf = ({ roomId, name }: SpendingAgent): Promise<AccountLeft[] | undefined> =>
    rooms.peek(roomId, (room) => (presentAgent(room, name) ? budgetsLeft(room, name) : undefined), fresh);

  /**
   * Reserves by what is left now, and looks again after that: a call that ended in between was counted as reserved or is counted as spent, never
   * as neither.
   */
  async function attempt(agent: SpendingAgent, { id, amount }: { id: string; amount: Amount }): Promise<Attempt> {
    const accounts = await leftOf(agent);
    if (!accounts || isSpent(accounts)) return "spent";
    const before = await reservations.reserve({ id, amount, accounts });
    if (!before) return "full";
    const isStill = await leftOf(agent).then(
      (now) => now !== undefined && stillHasRoom(accounts, { now, before }),
      async (error: unknown) => {
        await release(id);
        throw error;
      },
    );
    if (isStill) return "reserved";
    await release(id);
    return attempt(agent, { id, amount });
  }

  async function release(id: string): Promise<void> {
    await reservations
      .release(id)
      .catch((error: unknown) => logger.warn({ error }, "a reservation could not be ended; it ends by itself"));
    line.wake();
  }

  function tellOfWait({ roomId, name }: SpendingAgent): void {
    const key = `${roomId}/${name}`;
    if (toldOfWait.has(key)) return;
    toldOfWait.add(key);
    const text = `${name} waits: model calls under way may still use up the budget. It goes on when they have ended, if anything is left then.`;
    rooms
      .execute(roomId, { type: "notice.post", text, about: name, severity: "info" })
      .catch((error: unknown) => logger.warn({ roomId, agent: name, error }, "a room could not be told of a wait"));
  }

  function reservationOf(agent: SpendingAgent, id: string): CallReservation {
    let isSettled = false;
    return {
      async settle(usage) {
        if (isSettled) return;
        isSettled = true;
        // Usage that could not be stored stays reserved until it is.
        if (usage) await recordUsage(agent, { usage, onStored: () => release(id) });
        else await release(id);
      },
    };
  }

  /** One attempt, and the wait for the end of another call after it where the rest of a budget is reserved. Undefined: to be tried again. */
  async function attemptOrWait(
    agent: SpendingAgent,
    call: { id: string; amount: Amount; signal: AbortSignal; untilMs: number },
  ): Promise<CallReservation | ReservationRefusal | undefined> {
    const { id, signal, untilMs } = call;
    // In line before it looks, so that no end of a call is missed in between.
    const place = line.join(id);
    try {
      const outcome = await attempt(agent, call);
      if (outcome === "reserved") return reservationOf(agent, id);
      if (outcome === "spent") return "spent";
      const leftMs = untilMs - clock.monotonicMs();
      if (leftMs <= 0) return "timeout";
      await place.woken({ signal, timeoutMs: isShared ? Math.min(pollMs, leftMs) : leftMs });
      return undefined;
    } finally {
      place.leave();
    }
  }

  return {
    isAllowed,
    async reserve(agent, { estimate, signal }) {
      const call = {
        id: options.newId(),
        amount: amountOf(estimate),
        signal,
        untilMs: clock.monotonicMs() + maxWaitMs,
      };
      const stopTelling = clock.after(tellAfterMs, () => tellOfWait(agent));
      try {
        while (true) {
          signal.throwIfAborted();
          const outcome = await attemptOrWait(agent, call);
          if (outcome !== undefined) return outcome;
        }
      } finally {
        stopTelling();
      }
    },
  };
}

/** `before`: what others had reserved on each account when this call reserved. An account that is new since then has no reservations of others. */
function stillHasRoom(
  accounts: readonly AccountLeft[],
  { now, before }: { now: readonly AccountLeft[]; before: readonly Amount[] },
): boolean {
  const reserved = now.map(({ account }) => before[accounts.findIndex((one) => one.account === account)]);
  return hasRoom(
    now,
    reserved.map((amount) => amount ?? { usd: 0, tokens: 0 }),
  );
}

interface Place {
  /** Resolves when a call has ended since `join`, after the time, or when the signal fires. */
  woken(until: { signal: AbortSignal; timeoutMs: number }): Promise<void>;
  leave(): void;
}

/** Calls that wait for the end of others, in order. */
function createLine(clock: Clock): { join(id: string): Place; wake(): void } {
  let ledger: Ledger = emptyLedger;
  const wakers = new Map<string, () => void>();

  return {
    join(id) {
      ledger = wait(ledger, id);
      const awake = new Promise<void>((resolve) => wakers.set(id, resolve));
      return {
        async woken({ signal, timeoutMs }) {
          const end = () => wakers.get(id)?.();
          const cancel = clock.after(timeoutMs, end);
          signal.addEventListener("abort", end, { once: true });
          if (signal.aborted) end();
          await awake;
          cancel();
          signal.removeEventListener("abort", end);
        },
        leave() {
          ledger = abort(ledger, id);
          wakers.delete(id);
        },
      };
    },
    wake() {
      const next = wake(ledger);
      ledger = next.ledger;
      for (const id of next.woken) wakers.get(id)?.();
    },
  };
}
