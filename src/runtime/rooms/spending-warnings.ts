import { payerOf } from "../../core/room/payer.js";
import type { InstallationLimits, SpendingState } from "../../core/values/installation-spending.js";
import { spendingWarnings } from "../../core/values/spending-warnings.js";
import type { Clock } from "../../ports/clock.js";
import type { RoomService } from "./service.js";

/** Tells rooms, once each, when little is left of the limits of their payer or of the installation. */
export interface SpendingWarnings {
  /** Rejects with a `PortError` when the log cannot be read or written; what was not told is told the next time. */
  tell(roomId: string, state: SpendingState): Promise<void>;
}

/** What a room was told is in its own log, so that it is told once, whichever process does. */
export function createSpendingWarnings({
  rooms,
  limits,
  clock,
}: {
  rooms: RoomService;
  limits: InstallationLimits;
  clock: Clock;
}): SpendingWarnings {
  return {
    async tell(roomId, state) {
      const { payer, told } = await rooms.peek(roomId, (room) => ({
        payer: payerOf(room),
        told: room.spendingWarned ?? [],
      }));
      const due = spendingWarnings(state, { payer, limits, nowMs: clock.nowMs() });
      const warnings = due.filter(({ id }) => !told.includes(id));
      if (warnings.length > 0) await rooms.execute(roomId, { type: "spending.warn", warnings });
    },
  };
}
