import { budgetsLeft, maySpend } from "../../core/room/budget.js";
import { payerOf } from "../../core/room/payer.js";
import { presentAgent } from "../../core/room/room.js";
import { type InstallationLimits, installationLeft, spendingHold } from "../../core/values/installation-spending.js";
import type { AccountLeft } from "../../core/values/reservations.js";
import type { SpendingRefusal } from "../../ports/call-reservation.js";
import type { Clock } from "../../ports/clock.js";
import type { RoomService } from "../rooms/service.js";
import type { SpendingLedger } from "../rooms/spending-ledger.js";

/** An agent by its room and name. */
export interface SpendingAgent {
  roomId: string;
  name: string;
}

/** The accounts of an agent’s calls at one moment, or why it may not call. */
export type AccountsLook =
  /** `accounts`: its own, its room's, its payer's and the installation's, as far as they have limits. */
  { kind: "open"; accounts: AccountLeft[]; payer: string } | { kind: "refused"; why: SpendingRefusal };

/** Reads the accounts of an agent's calls. Rejects with a `PortError` when the log cannot be read. */
export function createAccounts(options: {
  rooms: RoomService;
  ledger: SpendingLedger;
  limits: InstallationLimits;
  /** True where other processes write to the same log. */
  isShared: boolean;
  clock: Clock;
}): (agent: SpendingAgent) => Promise<AccountsLook> {
  const { rooms, ledger, limits, isShared, clock } = options;
  const fresh = isShared ? { fresh: true } : {};

  return async ({ roomId, name }) => {
    const nowMs = clock.nowMs();
    const own = await rooms.peek(
      roomId,
      (room) =>
        presentAgent(room, name) && maySpend(room, name, nowMs)
          ? { accounts: budgetsLeft(room, name, nowMs), payer: payerOf(room) }
          : undefined,
      fresh,
    );
    if (!own) return { kind: "refused", why: "spent" };
    const { accounts, payer } = own;
    const state = await ledger.state();
    const why = spendingHold(state, { payer, limits, nowMs });
    if (why) return { kind: "refused", why };
    return { kind: "open", payer, accounts: [...accounts, ...installationLeft(state, { payer, limits, nowMs })] };
  };
}
