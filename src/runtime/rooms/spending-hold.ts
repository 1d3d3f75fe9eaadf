import { setImmediate as yieldToOthers } from "node:timers/promises";
import { callsModel, payerOf } from "../../core/room/payer.js";
import { presentAgents } from "../../core/room/room.js";
import {
  holdIdOf,
  type InstallationLimits,
  type SpendingHold,
  type SpendingState,
  spendingHold,
} from "../../core/values/installation-spending.js";
import { spendingWarnings } from "../../core/values/spending-warnings.js";
import type { Clock } from "../../ports/clock.js";
import type { EventLog } from "../../ports/event-log.js";
import type { Health } from "../../ports/health.js";
import type { Logger } from "../../ports/logger.js";
import { listRooms } from "./list.js";
import type { RoomService } from "./service.js";
import type { SpendingLedger } from "./spending-ledger.js";
import { createSpendingWarnings } from "./spending-warnings.js";

/** What keeps agents of a room from calling the model, beyond the room's own budgets. */
export interface SpendingHolds {
  /** Whether something does at this moment; tells the room when that has changed. Rejects with a `PortError` when the log cannot be read. */
  isHeld(roomId: string): Promise<boolean>;
  /** Tells every room with an agent that calls the model, or that was told of a hold, what it does not know yet. Never rejects. */
  tellRooms(): Promise<void>;
  /** The same at the start of a process, if spending was stopped at least once. Never rejects. */
  tellAgain(): Promise<void>;
  /** Not ok while spending is stopped or the installation's limit is used up. */
  check(): Promise<Health>;
}

/** Parts that the holds need. */
export interface SpendingHoldsOptions {
  rooms: RoomService;
  eventLog: EventLog;
  ledger: SpendingLedger;
  limits: InstallationLimits;
  clock: Clock;
  logger: Logger;
}

/** Age up to which what is known of the ledger is good enough to let a turn begin: its calls are checked again. */
const maxAgeMs = 500;
const slice = 20;
const overText = "Agents may call the model again. Messages that waited are delivered.";

/** Holds by the ledger; each room's log keeps what it was told. */
export function createSpendingHolds({
  rooms,
  eventLog,
  ledger,
  limits,
  clock,
  logger,
}: SpendingHoldsOptions): SpendingHolds {
  const warnings = createSpendingWarnings({ rooms, limits, clock });

  async function isHeld(roomId: string): Promise<boolean> {
    const state = await ledger.state({ maxAgeMs });
    const { payer, toldId } = await rooms.peek(roomId, (room) => ({
      payer: payerOf(room),
      toldId: room.spendingHold?.id,
    }));
    const nowMs = clock.nowMs();
    const hold = spendingHold(state, { payer, limits, nowMs });
    const id =
      hold && holdIdOf(hold, { state, limits: hold === "person" ? limits.person : limits.installation, nowMs });
    if (id !== toldId) {
      const told = hold && id !== undefined ? { hold: { id, text: textOf(hold, state) } } : {};
      await rooms.execute(roomId, { type: "spending.notify", ...told, overText });
    }
    if (!hold) await warnings.tell(roomId, state);
    return hold !== undefined;
  }

  async function tellOne(roomId: string): Promise<void> {
    // A room that was told of a hold is told of its end, even if its agents have left since.
    const isMeant = await rooms.peek(
      roomId,
      (room) => room.status !== "closed" && (room.spendingHold !== undefined || presentAgents(room).some(callsModel)),
    );
    if (isMeant) await isHeld(roomId);
  }

  async function tellRooms(): Promise<void> {
    try {
      for (const [count, { roomId }] of (await listRooms({ eventLog, rooms })).entries()) {
        await tellOne(roomId);
        if (count % slice === slice - 1) await yieldToOthers();
      }
    } catch (error) {
      logger.warn({ error }, "not every room could be told of a stop of spending; each is told before its next turn");
    }
  }

  return {
    isHeld,
    tellRooms,
    async tellAgain() {
      const wasStopped = await ledger.state().then(
        (state) => state.wasStopped,
        () => false,
      );
      if (wasStopped) await tellRooms();
    },
    async check() {
      const state = await ledger.state({ maxAgeMs });
      if (state.stop)
        return { ok: false, detail: `all spending was stopped at ${new Date(state.stop.atMs).toISOString()}` };
      const hold = spendingHold(state, { payer: "", limits: { ...limits, person: {} }, nowMs: clock.nowMs() });
      if (hold) return { ok: false, detail: "the installation's spending limit is used up" };
      const [warning] = spendingWarnings(state, { payer: "", limits: { ...limits, person: {} }, nowMs: clock.nowMs() });
      return { ok: true, ...(warning && { detail: warning.text }) };
    },
  };
}

function textOf(hold: SpendingHold, { stop }: SpendingState): string {
  const waits = "Messages to agents that call the model wait.";
  if (hold === "stopped") {
    const why = stop?.reason ? `: ${stop.reason}` : "";
    return `All spending was stopped by ${stop?.by ?? "admin"}${why}. ${waits}`;
  }
  const whose = hold === "person" ? "the person whose room this is" : "this installation";
  return `The spending limit of ${whose} is used up. ${waits} They are delivered in the next day or month in UTC, or when the operator raises the limit.`;
}
