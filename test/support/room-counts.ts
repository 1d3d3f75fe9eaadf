import type { LoggedEvent } from "./parley-client.js";

/** Tasks in turns that ended as failed; the notice in the room says so. */
export function tasksGivenUp(events: readonly LoggedEvent[], messages: Map<string, string>): Set<string> {
  const failed = new Set(
    events.filter(({ type, outcome }) => type === "turn.ended" && outcome === "failed").map(({ turnId }) => turnId),
  );
  const ids = events
    .filter(({ type, turnId }) => type === "turn.started" && failed.has(turnId))
    .flatMap((event) => event.messages as string[]);
  const bodies = new Map(
    events.filter(({ type }) => type === "message.posted").map(({ messageId, body }) => [messageId, String(body)]),
  );
  return new Set(ids.map((id) => messages.get(id) ?? (bodies.get(id) ?? "").replace(/^check /, "")));
}

/** `message/agent` for every delivery to an agent. */
export function deliveriesTo(agents: readonly string[], posted: readonly LoggedEvent[]): string[] {
  const names = new Set(agents);
  return posted.flatMap(({ messageId, to }) =>
    (Array.isArray(to) ? to : []).filter((name) => names.has(name)).map((name) => `${messageId}/${name}`),
  );
}

/** How many turns that ended other than lost name each delivery. */
export function turnsNaming(events: readonly LoggedEvent[]): Map<string, number> {
  const taken = new Map<string, string[]>();
  const named: string[] = [];
  for (const event of events) {
    const turnId = event.turnId as string;
    if (event.type === "turn.started" || event.type === "turn.steered")
      taken.set(turnId, [...(taken.get(turnId) ?? []), ...(event.messages as string[])]);
    if (event.type === "turn.ended" && event.outcome !== "lost")
      named.push(...(taken.get(turnId) ?? []).map((id) => `${id}/${event.agent}`));
  }
  return countBy(named);
}

export function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** Versions must rise without a gap: one order for everyone. */
export function brokenChain(events: readonly LoggedEvent[]): number {
  return events.filter((event, at) => at > 0 && event.version - (events[at - 1]?.version ?? 0) > 1).length;
}
