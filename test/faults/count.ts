import { exportEvents, type LoggedEvent } from "../support/parley-client.js";
import { brokenChain, countBy, deliveriesTo, tasksGivenUp, turnsNaming } from "../support/room-counts.js";
import type { ChatRoom } from "./chat/chat-load.js";
import type { ChatTotals, ChatWrongs } from "./chat/judge-chat.js";
import { judgeChats } from "./chat/sum-chats.js";
import type { FaultFleet } from "./fault-fleet.js";
import { type Acknowledged, agentNames, type Load } from "./load.js";
import { readRawLog } from "./raw-log.js";

/** Faults of a run. Every figure must be 0. */
export interface Wrongs extends ChatWrongs {
  lostMessages: number;
  lostDecisions: number;
  refusedCommands: number;
  postedTwice: number;
  saidTwice: number;
  messagesWithoutTurn: number;
  messagesInTwoTurns: number;
  unansweredTasks: number;
  undecidedGates: number;
  gatesDecidedTwice: number;
  /** Open records of a turn that has ended. */
  saidAfterTurnEnded: number;
  brokenChains: number;
  /** Processes that show a room otherwise than the server of the log has it. */
  otherOrders: number;
  holesInLog: number;
}

export interface Totals extends ChatTotals {
  messages: number;
  decisions: number;
  turns: number;
  turnsLost: number;
  tasksGivenUp: number;
  /** On a stream server, without effect. */
  voidCommits: number;
}

export interface Counted {
  wrongs: Wrongs;
  totals: Totals;
  /** Each fault in words. */
  details: string[];
}

export async function countAll(
  fleet: FaultFleet,
  load: Pick<Load, "rooms" | "acknowledged"> & { chatRooms?: readonly ChatRoom[] },
): Promise<Counted> {
  const { chatRooms = [] } = load;
  const logs: LoggedEvent[][] = [];
  let otherOrders = 0;
  let voidCommits = 0;
  let holesInLog = 0;
  for (const room of load.rooms) {
    const [events = [], ...others] = await Promise.all(
      fleet.ups.map(({ process }) => exportEvents(process.url, room.roomId, room.token)),
    );
    const raw = await readRawLog(fleet, room.roomId);
    const isSame = raw.accepted.length === (events.at(-1)?.version ?? 0) && sameEvents(raw.accepted, events);
    otherOrders += others.filter((other) => JSON.stringify(other) !== JSON.stringify(events)).length + (isSame ? 0 : 1);
    voidCommits += raw.voided;
    holesInLog += raw.holes;
    logs.push(events);
  }
  const { acknowledged } = load;
  const written = new Set(chatRooms.flatMap((room) => room.written));
  const counted = countRooms(logs, acknowledged, written);
  const chat = await judgeChats(fleet, chatRooms);
  return {
    details: [...counted.details, ...acknowledged.refusals, ...chat.details],
    wrongs: {
      ...counted.wrongs,
      ...chat.wrongs,
      refusedCommands: acknowledged.refusals.length,
      otherOrders,
      holesInLog,
    },
    totals: {
      ...counted.totals,
      ...chat.totals,
      messages: acknowledged.messages.size,
      decisions: acknowledged.decisions.size,
      voidCommits,
    },
  };
}

/** An owner is shown every event of a room, so the export is the log. */
function sameEvents(
  raw: readonly { version: number; events: { type: string }[] }[],
  events: readonly LoggedEvent[],
): boolean {
  const flat = raw.flatMap(({ version, events: some }) => some.map(({ type }, index) => `${version}.${index} ${type}`));
  return flat.join() === events.map(({ version, index, type }) => `${version}.${index} ${type}`).join();
}

/** `written`: tasks from chat threads, of which only the room knows the messages. */
function countRooms(
  logs: readonly LoggedEvent[][],
  { messages: answered, decisions, shortTasks }: Acknowledged,
  written: ReadonlySet<string>,
) {
  const all = logs.flat();
  const posted = all.filter(({ type }) => type === "message.posted");
  const messages = new Map(answered);
  for (const { messageId, body } of posted) {
    const task = /^task (\S+)/.exec(String(body))?.[1] ?? "";
    if (written.has(task)) messages.set(messageId as string, task);
  }
  const ids = new Set(posted.map(({ messageId }) => messageId as string));
  const resolved = all.filter(({ type }) => type === "gate.resolved");
  const outcomes = new Map(resolved.map(({ gateId, outcome, body }) => [gateId as string, body ?? outcome]));
  const named = turnsNaming(all);
  const tasksPosted = countBy(posted.filter(({ from }) => from === "mia").map(({ body }) => String(body)));
  const said = countBy(
    posted
      .filter(({ from }) => from !== "mia")
      .map(({ from, body }) => `${from}: ${String(body).replace(" (edited)", "")}`),
  );
  const givenUp = tasksGivenUp(all, messages);
  const missing = (task: string) => answersTo(task, shortTasks).filter((text) => !said.has(text));
  const unanswered = [...messages.values()].filter((task) => !givenUp.has(task) && missing(task).length > 0);
  const wrongs = {
    lostMessages: [...messages.keys()].filter((id) => !ids.has(id)).length,
    lostDecisions: [...decisions].filter(([gateId, outcome]) => outcomes.get(gateId) !== outcome).length,
    postedTwice: moreThanOnce(tasksPosted),
    saidTwice: moreThanOnce(said) + (posted.length - ids.size),
    messagesWithoutTurn: deliveriesTo(agentNames, posted).filter((delivery) => !named.has(delivery)).length,
    messagesInTwoTurns: moreThanOnce(named),
    unansweredTasks: unanswered.length,
    undecidedGates: all.filter(({ type, gateId }) => type === "gate.opened" && !outcomes.has(gateId as string)).length,
    gatesDecidedTwice: resolved.length - outcomes.size,
    saidAfterTurnEnded: logs.reduce((sum, events) => sum + saidAfterTurnEnded(events), 0),
    brokenChains: logs.reduce((sum, events) => sum + brokenChain(events), 0),
  };
  const ended = all.filter(({ type }) => type === "turn.ended");
  const totals = {
    turns: all.filter(({ type }) => type === "turn.started").length,
    turnsLost: ended.filter(({ outcome }) => outcome === "lost").length,
    tasksGivenUp: givenUp.size,
  };
  return { wrongs, totals, details: unanswered.map((task) => `never said: ${missing(task).join(", ")}`) };
}

function answersTo(task: string, shortTasks: ReadonlySet<string>): string[] {
  const checked = shortTasks.has(task) ? [] : [`checker: checked ${task}`];
  return [`worker: did ${task}`, ...checked, `careful: held ${task}`];
}

/** An agent's messages count while its turn is open: messages of a process that was taken over must not appear. */
function saidAfterTurnEnded(events: readonly LoggedEvent[]): number {
  const open = new Set<unknown>();
  let after = 0;
  for (const { type, turnId, gateId } of events) {
    if (type === "turn.started") open.add(turnId);
    const isReleased = type === "message.posted" && gateId !== undefined;
    const isOfTurn = type === "message.posted" || type === "gate.opened" || type === "turn.ended";
    if (isOfTurn && !isReleased && turnId !== undefined && !open.has(turnId)) after += 1;
    if (type === "turn.ended") open.delete(turnId);
  }
  return after;
}

function moreThanOnce(counts: Map<string, number>): number {
  return [...counts.values()].filter((times) => times > 1).length;
}
