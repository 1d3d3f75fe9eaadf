import { type SpendingLimits, type SpentWindows, spentNow } from "../values/spent-windows.js";
import { amountOf } from "./budget.js";
import type { Usage } from "./event.js";
import type { Budget } from "./policy.js";
import { presentAgents, type Room } from "./room.js";

/** US dollars and tokens of all kinds in all, today and this month, in UTC, and the limits in US dollars. */
export interface AccountView {
  today: { usd: number; tokens: number };
  month: { usd: number; tokens: number };
  total: { usd: number; tokens: number };
  limits: { usd?: number; usdPerDay?: number; usdPerMonth?: number; tokens?: number };
}

/** What a room and its agents have used at this moment. What a person granted again by `continue` is in the sums. */
export function spentOfRoom(
  room: Room,
  nowMs: number,
): { room: AccountView; agents: (AccountView & { name: string })[] } {
  return {
    room: viewOf({ ...room, budget: room.policy.budget }, nowMs),
    agents: presentAgents(room).map((agent) => ({ name: agent.name, ...viewOf(agent, nowMs) })),
  };
}

interface Account {
  usage: Usage;
  spentWindows?: SpentWindows | undefined;
  budget?: Budget | undefined;
}

function viewOf({ usage, spentWindows, budget = {} }: Account, nowMs: number): AccountView {
  const { day: today, month } = spentNow(spentWindows, nowMs, { countsGranted: true });
  const { tokens } = budget;
  return {
    today,
    month,
    total: amountOf(usage),
    limits: { ...limitsView(budget), ...(tokens !== undefined && { tokens }) },
  };
}

/** Limits without what is not set. */
export function limitsView({ usd, usdPerDay, usdPerMonth }: SpendingLimits): Omit<AccountView["limits"], "tokens"> {
  return {
    ...(usd !== undefined && { usd }),
    ...(usdPerDay !== undefined && { usdPerDay }),
    ...(usdPerMonth !== undefined && { usdPerMonth }),
  };
}
