import { amountOf } from "../../core/room/budget.js";
import type { InstallationLimits } from "../../core/values/installation-spending.js";
import {
  type AccountLeft,
  type Amount,
  abort,
  emptyLedger,
  hasRoom,
  type Ledger,
  wait,
  wake,
} from "../../core/values/reservations.js";
import type { CallReservation, CallUsage, ReservationRefusal, SpendingRefusal } from "../../ports/call-reservation.js";
import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import type { Reservations } from "../../ports/reservations.js";
import type { RoomService } from "../rooms/service.js";
import type { SpendingLedger } from "../rooms/spending-ledger.js";
import { createUsageRecorder } from "./record-usage.js";
import { createAccounts, type SpendingAgent } from "./spending-accounts.js";

/** Budgets of model calls: the remainder, and the usage. */
export interface Spending {
  /** As `GatewayCaller.refusal`; reservations are not counted. */
  refusal(agent: SpendingAgent): Promise<SpendingRefusal | undefined>;
  /** As `GatewayCaller.reserve`. */
  reserve(
    agent: SpendingAgent,
    call: { estimate: CallUsage; signal: AbortSignal },
  ): Promise<CallReservation | ReservationRefusal>;
}

/** Where budgets, reservations and usage are kept. */
export interface SpendingOptions {
  rooms: RoomService;
  reservations: Reservations;
  ledger: SpendingLedger;
  /** Limits beyond those of rooms and agents. */
  limits: InstallationLimits;
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

type Attempt = { kind: "reserved"; payer: string } | { kind: "full" } | { kind: "refused"; why: SpendingRefusal };

/** Reads the accounts of a call each time: agent, room, payer and installation. It reserves on all of them or on none. */
export function createSpending(options: SpendingOptions): Spending {
  const { rooms, reservations, isShared, clock, logger, maxWaitMs = defaultMaxWaitMs } = options;
  const recordUsage = createUsageRecorder(options);
  const line = createLine(clock);
  const toldOfWait = new Set<string>();
  const lookAt = createAccounts(options);

  /**
   * Reserves by what is left now, and looks again after that: a call that ended in between was counted as reserved or is counted as spent, never
   * as neither.
   */
  async function attempt(agent: SpendingAgent, { id, amount }: { id: string; amount: Amount }): Promise<Attempt> {
    const look = await lookAt(agent);
    if (look.kind === "refused") return look;
    const { accounts, payer } = look;
    const before = await reservations.reserve({ id, amount, accounts });
    if (!before) return { kind: "full" };
    const isStill = await lookAt(agent).then(
      (now) => now.kind === "open" && stillHasRoom(accounts, { now: now.accounts, before }),
      async (error: unknown) => {
        await release(id);
        throw error;
      },
    );
    if (isStill) return { kind: "reserved", payer };
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

  function reservationOf(agent: SpendingAgent & { payer: string }, id: string): CallReservation {
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
      if (outcome.kind === "reserved") return reservationOf({ ...agent, payer: outcome.payer }, id);
      if (outcome.kind === "refused") return outcome.why;
      const leftMs = untilMs - clock.monotonicMs();
      if (leftMs <= 0) return "timeout";
      await place.woken({ signal, timeoutMs: isShared ? Math.min(pollMs, leftMs) : leftMs });
      return undefined;
    } finally {
      place.leave();
    }
  }

  return {
    refusal: async (agent) => {
      const look = await lookAt(agent);
      return look.kind === "refused" ? look.why : undefined;
    },
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
