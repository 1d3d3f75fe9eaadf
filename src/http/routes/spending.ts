import type { Hono } from "hono";
import { type AccountView, limitsView, spentOfRoom } from "../../core/room/spending-view.js";
import { type SpendingState, type SpentSums, sumsNow } from "../../core/values/installation-spending.js";
import type { SpendingLimits } from "../../core/values/spent-windows.js";
import { plainQuery } from "../../protocol/fields.js";
import {
  type InstallationUsage,
  installationUsage,
  roomUsage,
  type SpendingStateView,
  spendingBody,
  spendingState,
} from "../../protocol/spending.js";
import { answer } from "../answer.js";
import type { AppDeps, AppEnv } from "../deps.js";
import { enter, enterAsAdmin } from "../entrance.js";
import { readBody, readQuery } from "../input.js";
import { ProblemError, roomNotFound } from "../problem.js";

/** What models cost, and the switch that stops it. */
export function spendingRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  const { ledger, holds, spendingLimits, clock } = deps;

  app.get("/api/rooms/:id/usage", async (c) => {
    const { roomId } = await enter(c, deps, { right: "read" });
    const usage = await deps.rooms.read(roomId, (room) => spentOfRoom(room, clock.nowMs()));
    if (!usage) throw new ProblemError(roomNotFound);
    return answer(c, roomUsage, usage);
  });

  app.get("/api/usage", async (c) => {
    await enterAsAdmin(c, deps);
    readQuery(c, plainQuery);
    const { installation, person } = spendingLimits;
    const state = await ledger.state();
    const nowMs = clock.nowMs();
    const persons = [...state.persons].map(([payer, sums]) => ({ payer, ...viewOf(sums, person, nowMs) }));
    persons.sort((a, b) => b.month.usd - a.month.usd);
    const usage: InstallationUsage = { installation: viewOf(state, installation, nowMs), persons };
    return answer(c, installationUsage, usage);
  });

  app.get("/api/spending", async (c) => {
    await enterAsAdmin(c, deps);
    readQuery(c, plainQuery);
    return answer(c, spendingState, stopOf(await ledger.state()));
  });

  app.post("/api/spending", async (c) => {
    await enterAsAdmin(c, deps);
    readQuery(c, plainQuery);
    const { stopped, reason = "" } = await readBody(c, spendingBody);
    if (stopped) await ledger.stop({ by: "admin", reason });
    else await ledger.resume("admin");
    // Rooms are told in their own time: the stop holds already.
    void holds.tellRooms();
    return answer(c, spendingState, stopOf(await ledger.state()));
  });
}

function viewOf(sums: SpentSums, limits: SpendingLimits, nowMs: number): AccountView {
  const { total, day: today, month } = sumsNow(sums, nowMs);
  return { today, month, total, limits: limitsView(limits) };
}

function stopOf({ stop }: SpendingState): SpendingStateView {
  if (!stop) return { stopped: false };
  const { by, reason, atMs: at } = stop;
  return { stopped: true, by, at, ...(reason !== "" && { reason }) };
}
