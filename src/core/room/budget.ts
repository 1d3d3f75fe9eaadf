import type { AccountLeft, Amount } from "../values/reservations.js";
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
}

function accountsOf(room: Room, agentName: string): Account[] {
  const { policy, usage, budgetGrantedAt: grantedAt } = room;
  const agent = presentAgent(room, agentName);
  const own = agent && {
    agent: agent.name,
    budget: agent.budget,
    usage: agent.usage,
    grantedAt: agent.budgetGrantedAt,
  };
  return [{ budget: policy.budget, usage, grantedAt }, ...(own ? [own] : [])];
}

/** The limit that is reached to this share, in words for people; undefined while no limit is. */
function reachedLimit({ budget, usage, grantedAt }: Account, share = 1): string | undefined {
  const usd = usage.usd - (grantedAt?.usd ?? 0);
  if (budget?.usd !== undefined && usd >= budget.usd * share) return `${budget.usd} US dollars`;
  const tokens = tokensOf(usage) - (grantedAt ? tokensOf(grantedAt) : 0);
  return budget?.tokens !== undefined && tokens >= budget.tokens * share ? `${budget.tokens} tokens` : undefined;
}

const defaultWarnAt = 0.8;

/** Texts about the budgets of which this use, and no use before it, has used the share at which the room is to be told, and not all. */
export function budgetWarnings(room: Room, agent: string, more: Usage): string[] {
  return accountsOf(room, agent).flatMap((account) => {
    const share = account.budget?.warnAt ?? defaultWarnAt;
    const after = { ...account, usage: addUsage(account.usage, more) };
    const limit = reachedLimit(after, share);
    if (limit === undefined || reachedLimit(account, share) !== undefined || reachedLimit(after)) return [];
    const whose = account.agent === undefined ? "The room's budget" : `The budget of ${account.agent}`;
    return `${whose} of ${limit} has less than ${Math.round((1 - share) * 100)} % left. Agents are halted when it is used up.`;
  });
}

/** Whether this agent may call its model: neither its own budget nor the room's is used up. */
export function maySpend(room: Room, agent: string): boolean {
  return accountsOf(room, agent).every((account) => reachedLimit(account) === undefined);
}

/** The rest of each budget that a call of this agent counts against, by names unique over all rooms. Without a budget there is no account. */
export function budgetsLeft(room: Room, agentName: string): AccountLeft[] {
  return accountsOf(room, agentName).flatMap(({ agent, budget, usage, grantedAt }) => {
    if (budget?.usd === undefined && budget?.tokens === undefined) return [];
    const spent = amountOf(usage);
    const granted = grantedAt ? amountOf(grantedAt) : { usd: 0, tokens: 0 };
    return {
      account: agent === undefined ? `room/${room.roomId}` : `agent/${room.roomId}/${agent}`,
      ...(budget.usd !== undefined && { usd: budget.usd - (spent.usd - granted.usd) }),
      ...(budget.tokens !== undefined && { tokens: budget.tokens - (spent.tokens - granted.tokens) }),
    };
  });
}

/** Usage as budgets count it. */
export function amountOf(usage: Usage): Amount {
  return { usd: usage.usd, tokens: tokensOf(usage) };
}

/** The budgets that this use, and no use before it, has brought to their end. */
export function budgetsUsedUp(room: Room, agent: string, more: Usage): { agent?: string; limit: string }[] {
  return accountsOf(room, agent).flatMap((account) => {
    const limit = reachedLimit({ ...account, usage: addUsage(account.usage, more) });
    const isNew = limit !== undefined && reachedLimit(account) === undefined;
    return isNew ? [{ ...(account.agent !== undefined && { agent: account.agent }), limit }] : [];
  });
}

function tokensOf(usage: Usage): number {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}
