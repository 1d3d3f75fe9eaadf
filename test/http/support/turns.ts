import type { Api } from "./api.js";

/** Entries of a journal, without the id of their turn. */
export type Entries = readonly { type: string; [member: string]: unknown }[];

/** Starts a turn of an agent for a message, and gives its id. */
export async function startTurn(api: Api, roomId: string, agent = "coder"): Promise<string> {
  const [messageId, turnId] = [api.deps.ids.next(), api.deps.ids.next()];
  const by = { kind: "admin" } as const;
  await api.rooms.execute(roomId, { type: "message.post", by, messageId, body: "go", to: [agent] });
  await api.rooms.execute(roomId, { type: "turn.start", agent, turnId, node: "test", boot: api.runtime.instance });
  return turnId;
}

export async function endTurn(api: Api, roomId: string, turnId: string, agent = "coder"): Promise<void> {
  await api.rooms.execute(roomId, { type: "turn.end", agent, turnId, outcome: "done" });
}

/** Puts entries of a turn into an agent's journal, as its runtime would, at the time of the clock. */
export async function recordSteps(
  api: Api,
  { roomId, turnId, agent = "coder" }: { roomId: string; turnId: string; agent?: string },
  entries: Entries,
): Promise<void> {
  const stream = `agent/${roomId}/${agent}`;
  const head = await api.eventLog.head(stream);
  const commit = {
    id: api.deps.ids.next(),
    version: (head?.version ?? 0) + 1,
    parent: head?.id ?? "",
    at: api.clock.nowMs(),
    by: agent,
    events: entries.map((entry) => ({ ...entry, turnId })),
  };
  const appended = await api.eventLog.append(stream, [commit]);
  if (appended.kind !== "appended") throw new Error("the journal has another head");
}
