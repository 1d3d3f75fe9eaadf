import type { MemoryEventLog } from "../../adapters/memory/event-log.js";
import { parseRoomCommit } from "../../src/core/room/commit.js";
import type { EventOf, RoomEvent } from "../../src/core/room/event.js";
import { applyCommit } from "../../src/core/room/fold.js";
import { type AgentMember, emptyRoom, type OpenGate, type Room } from "../../src/core/room/room.js";

/** The result of one seed. Everything but the totals (see `isTotal`) must be 0. */
export interface SimulationCounts {
  acknowledged: number;
  crashes: number;
  outages: number;
  turns: number;
  lostTurns: number;
  /** Turns given up after too many restarts, as the room was told; their tasks have no answer. */
  gaveUp: number;
  /** Turns that a person stopped; their tasks have no answer. */
  stopped: number;
  lostMessages: number;
  lostDecisions: number;
  undelivered: number;
  deliveredTwice: number;
  saidTwice: number;
  unanswered: number;
  stuck: number;
  /** Turns that failed or timed out. Simulated agents never do so by themselves. */
  failedTurns: number;
  /** Turns given up because of causes outside the agent. */
  gaveUpOutside: number;
  /** Retries spent although no agent dies and the router of the turn did not restart. */
  retriesSpent: number;
  /** Notices that say an outage began, without one that says it ended. */
  outagesWithoutEnd: number;
  /** Notices that say an outage began when it was known already, or that one ended when none had begun. */
  noticesTooMany: number;
  /** Commits after which a permission or a question waits for an agent that has neither a turn nor a retry. */
  orphanedAsks: number;
}

const totals = ["acknowledged", "crashes", "outages", "turns", "lostTurns", "gaveUp", "stopped"];

/** True for a counter that measures activity, not a violation. */
export const isTotal = (name: string): boolean => totals.includes(name);

/** Observations of people and routers that are not in the log. */
export interface Witnessed {
  /** Acknowledged messages: id and task. */
  messages: Map<string, string>;
  decisions: Set<string>;
  /** Process that wrote a commit, by the commit's id. */
  writers: Map<string, string>;
  /** When a process crashed, in Unix ms. */
  crashes: Map<string, number>;
}

interface LoggedEvent {
  event: RoomEvent;
  at: number;
  writer: string;
}

/** Counts what the log of the room shows. */
export async function countRoom(log: MemoryEventLog, roomId: string, witnessed: Witnessed) {
  const { events: logged, orphanedAsks } = await readRoom(log, roomId, witnessed.writers);
  const events = logged.map(({ event }) => event);
  return {
    acknowledged: witnessed.messages.size + witnessed.decisions.size,
    ...countTurns(events),
    ...countMessages(events, witnessed),
    ...countNotices(logged),
    retriesSpent: retriesSpent(logged, witnessed.crashes),
    orphanedAsks,
  };
}

/** Every event of the room, with seconds since `startMs` and the process that wrote it. */
export async function tellRoom(
  log: MemoryEventLog,
  { roomId, writers, startMs }: { roomId: string; writers: Witnessed["writers"]; startMs: number },
): Promise<string[]> {
  const { events } = await readRoom(log, roomId, writers);
  return events.map(
    ({ event, at, writer }) => `${((at - startMs) / 1_000).toFixed(1)} ${writer} ${JSON.stringify(event)}`,
  );
}

async function readRoom(log: MemoryEventLog, roomId: string, writers: Witnessed["writers"]) {
  const room = emptyRoom(roomId);
  const events: LoggedEvent[] = [];
  let orphanedAsks = 0;
  for (;;) {
    const page = await log.read(`room/${roomId}`, { after: room.version });
    for (const entry of page) {
      const parsed = entry.kind === "commit" ? parseRoomCommit(entry.commit) : entry;
      if (parsed.kind !== "ok") throw new Error(`an entry cannot be read: ${parsed.reason}`);
      const { commit } = parsed;
      applyCommit(room, commit, parsed.events);
      for (const event of parsed.events)
        if (event) events.push({ event, at: commit.at, writer: writers.get(commit.id) ?? "" });
      orphanedAsks += [...room.gates.values()].filter((gate) => isOrphaned(room, gate)).length;
    }
    if (page.length === 0) return { events, orphanedAsks };
  }
}

/** True if no turn would take the answer: the agent has neither a turn nor a retry that asked. */
function isOrphaned(room: Room, { requestId, gateId, from }: OpenGate): boolean {
  if (requestId === undefined) return false;
  const agent = room.participants.get(from) as AgentMember | undefined;
  const asks = [...(agent?.turn?.asks ?? []), ...(agent?.turn?.askedBefore ?? []), ...(agent?.retry?.asks ?? [])];
  return !asks.some((ask) => ask.gateId === gateId);
}

const isGivenUp = ({ error = "" }: EventOf<"turn.ended">) => error.startsWith("gave up: ");
const isByRestarts = (event: EventOf<"turn.ended">) => isGivenUp(event) && event.error?.includes("Parley restarted");

function countTurns(events: RoomEvent[]) {
  const ended = events.filter((event) => event.type === "turn.ended");
  const bad = ended.filter(({ outcome }) => outcome === "failed" || outcome === "timed-out");
  return {
    turns: events.filter(({ type }) => type === "turn.started").length,
    lostTurns: ended.filter(({ outcome }) => outcome === "lost").length,
    stopped: ended.filter(({ outcome }) => outcome === "cancelled").length,
    gaveUp: bad.filter(isByRestarts).length,
    gaveUpOutside: bad.filter((event) => isGivenUp(event) && !isByRestarts(event)).length,
    failedTurns: bad.filter((event) => !isGivenUp(event)).length,
  };
}

function countMessages(events: RoomEvent[], { messages, decisions }: Witnessed) {
  const posted = events.filter((event) => event.type === "message.posted");
  const ids = new Set(posted.map(({ messageId }) => messageId));
  const resolved = new Set(events.flatMap((event) => (event.type === "gate.resolved" ? [event.gateId] : [])));
  const named = namedByTurns(events);
  const said = tally(posted.filter(({ from }) => from !== "mia").map(({ from, body }) => `${from}: ${body}`));
  const abandoned = abandonedTasks(events, messages);
  const answers = (task: string) => [`worker: did ${task}`, `checker: checked ${task}`, `careful: held ${task}`];
  const isNamed = (id: string) => ["worker", "careful"].every((agent) => named.has(`${id}/${agent}`));
  return {
    lostMessages: [...messages.keys()].filter((id) => !ids.has(id)).length,
    lostDecisions: [...decisions].filter((id) => !resolved.has(id)).length,
    undelivered: [...messages.keys()].filter((id) => !isNamed(id)).length,
    deliveredTwice: [...named.values()].filter((turns) => turns > 1).length,
    saidTwice: [...said.values()].filter((times) => times > 1).length + (posted.length - ids.size),
    unanswered: [...messages.values()].filter(
      (task) => !abandoned.has(task) && !answers(task).every((answer) => said.has(answer)),
    ).length,
  };
}

const begins = /wait and are delivered when it works again\.$|; its messages wait\. /;
const ends = /^Agents can be reached again after /;

/** Outages by the node that announced them: its next process knows of what its last one announced. */
function countNotices(logged: LoggedEvent[]) {
  const open = new Set<string>();
  const begun = new Set<string>();
  let noticesTooMany = 0;
  for (const { event, writer } of logged) {
    if (event.type !== "notice.posted") continue;
    const node = nodeOf(writer);
    if (begins.test(event.text)) {
      const outage = `${node}: ${event.text}`;
      if (open.has(node) || begun.has(outage)) noticesTooMany += 1;
      open.add(node);
      begun.add(outage);
    } else if (ends.test(event.text) && !open.delete(node)) noticesTooMany += 1;
  }
  return { noticesTooMany, outagesWithoutEnd: open.size };
}

/** A process has the name of its node and the number of its start. */
const nodeOf = (writer: string) => writer.split(".")[0] ?? "";

/** No agent dies by itself here, so only a router that crashed may spend a retry. */
function retriesSpent(logged: LoggedEvent[], crashes: Witnessed["crashes"]): number {
  const processOf = new Map<string, string>();
  let spent = 0;
  for (const { event, at } of logged) {
    if (event.type === "turn.started") processOf.set(event.turnId, event.boot);
    if (event.type !== "turn.ended" || event.outcome !== "lost" || event.outage) continue;
    const crashedAtMs = crashes.get(processOf.get(event.turnId) ?? "") ?? Number.POSITIVE_INFINITY;
    if (event.lostBy === "sandbox" || crashedAtMs > at) spent += 1;
  }
  return spent;
}

function namedByTurns(events: RoomEvent[]): Map<string, number> {
  const taken = new Map<string, string[]>();
  const named: string[] = [];
  for (const event of events) {
    if (event.type === "turn.started" || event.type === "turn.steered")
      taken.set(event.turnId, [...(taken.get(event.turnId) ?? []), ...event.messages]);
    if (event.type === "turn.ended" && event.outcome !== "lost")
      named.push(...(taken.get(event.turnId) ?? []).map((id) => `${id}/${event.agent}`));
  }
  return tally(named);
}

/** Tasks whose turn was given up or stopped. */
function abandonedTasks(events: RoomEvent[], messages: Map<string, string>): Set<string> {
  const over = ["failed", "cancelled", "timed-out"];
  const ended = new Set(
    events.flatMap((event) => (event.type === "turn.ended" && over.includes(event.outcome) ? [event.turnId] : [])),
  );
  const ids = events.flatMap((event) =>
    (event.type === "turn.started" || event.type === "turn.steered") && ended.has(event.turnId) ? event.messages : [],
  );
  return new Set(ids.map((id) => messages.get(id) ?? textOf(events, id).replace(/^check /, "")));
}

function textOf(events: RoomEvent[], messageId: string): string {
  const posted = events.find((event) => event.type === "message.posted" && event.messageId === messageId);
  return posted?.type === "message.posted" ? posted.body : "";
}

function tally(keys: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
