import type { AccountLeft, Amount } from "../values/reservations.js";
import { type SpentWindows, spentNow, usdLeftOf, withSpent } from "../values/spent-windows.js";
import type { Usage } from "./event.js";
import type { Budget } from "./policy.js";
import { presentAgent, type Room } from "./room.js";
import { addUsage } from "./usage.js";

/** A budget and what counts against it: everything used since a person last said `continue`. */
interface Account {
  /** Absent: the room's own. */
  agent?: string;
  budget: Budget | undefined;
  usage: Usage;
  grantedAt: Usage | undefined;
  windows: SpentWindows | undefined;
}

/** One limit of a budget. */
interface Limit {
  /** For people: "5 US dollars a day". */
  words: string;
  most: number;
  used: number;
}

/** A use of an agent's model at a moment, Unix ms. */
interface Use {
  agent: string;
  usage: Usage;
  nowMs: number;
}

function accountsOf(room: Room, agentName: string): Account[] {
  const { policy, usage, budgetGrantedAt: grantedAt, spentWindows: windows } = room;
  const agent = presentAgent(room, agentName);
  const own = agent && {
    agent: agent.name,
    budget: agent.budget,
    usage: agent.usage,
    grantedAt: agent.budgetGrantedAt,
    windows: agent.spentWindows,
  };
  return [{ budget: policy.budget, usage, grantedAt, windows }, ...(own ? [own] : [])];
}

/** What counts against the total since the last `continue`. */
function countedTotal({ usage, grantedAt }: Account): Amount {
  const used = amountOf(usage);
  const granted = grantedAt ? amountOf(grantedAt) : { usd: 0, tokens: 0 };
  return { usd: used.usd - granted.usd, tokens: used.tokens - granted.tokens };
}

function limitsOf(account: Account, nowMs: number): Limit[] {
  const { usd, tokens, usdPerDay, usdPerMonth } = account.budget ?? {};
  const total = countedTotal(account);
  const { day, month } = spentNow(account.windows, nowMs);
  return [
    ...limit(usd, "US dollars", total.usd),
    ...limit(tokens, "tokens", total.tokens),
    ...limit(usdPerDay, "US dollars a day", day.usd),
    ...limit(usdPerMonth, "US dollars a month", month.usd),
  ];
}

function limit(most: number | undefined, unit: string, used: number): Limit[] {
  return most === undefined ? [] : [{ words: `${most} ${unit}`, most, used }];
}

const isReached = ({ used, most }: Limit, share = 1): boolean => used >= most * share;

/** Each account's limits before and after a use, in the same order. */
function limitsAround(room: Room, { agent, usage, nowMs }: Use): { account: Account; before: Limit; after: Limit }[] {
  return accountsOf(room, agent).flatMap((account) => {
    const windows = withSpent(account.windows, amountOf(usage), nowMs);
    const after = limitsOf({ ...account, usage: addUsage(account.usage, usage), windows }, nowMs);
    return limitsOf(account, nowMs).flatMap((before, index) => {
      const same = after[index];
      return same ? { account, before, after: same } : [];
    });
  });
}

const defaultWarnAt = 0.8;

/** Texts about the limits of which this use, and no use before it, has used the share at which the room is to be told, and not all. */
export function budgetWarnings(room: Room, use: Use): string[] {
  return limitsAround(room, use).flatMap(({ account: { agent, budget }, before, after }) => {
    const share = budget?.warnAt ?? defaultWarnAt;
    if (!isReached(after, share) || isReached(before, share) || isReached(after)) return [];
    const whose = agent === undefined ? "The room's budget" : `The budget of ${agent}`;
    return `${whose} of ${after.words} has less than ${Math.round((1 - share) * 100)} % left. Agents are halted when it is used up.`;
  });
}

/** Whether this agent may call its model at this moment: no limit of its own budget or the room's is used up. */
export function maySpend(room: Room, agent: string, nowMs: number): boolean {
  return accountsOf(room, agent).every((account) => !limitsOf(account, nowMs).some((one) => isReached(one)));
}

/** The rest of each budget that a call of this agent counts against, by names unique over all rooms. Without a budget there is no account. */
export function budgetsLeft(room: Room, agentName: string, nowMs: number): AccountLeft[] {
  return accountsOf(room, agentName).flatMap((account) => {
    const total = countedTotal(account);
    const usd = usdLeftOf(account.budget ?? {}, { total, ...spentNow(account.windows, nowMs) });
    const tokens = account.budget?.tokens;
    if (usd === undefined && tokens === undefined) return [];
    return {
      account: account.agent === undefined ? `room/${room.roomId}` : `agent/${room.roomId}/${account.agent}`,
      ...(usd !== undefined && { usd }),
      ...(tokens !== undefined && { tokens: tokens - total.tokens }),
    };
  });
}

/** Usage as budgets count it. */
export function amountOf(usage: Usage): Amount {
  return { usd: usage.usd, tokens: tokensOf(usage) };
}

/** The limits that this use, and no use before it, has brought to their end. */
export function budgetsUsedUp(room: Room, use: Use): { agent?: string; limit: string }[] {
  return limitsAround(room, use).flatMap(({ account: { agent }, before, after }) => {
    if (!isReached(after) || isReached(before)) return [];
    return { ...(agent !== undefined && { agent }), limit: after.words };
  });
}

function tokensOf(usage: Usage): number {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}
