import { mayStart } from "../../core/room/decide/turns.js";
import type { WaitingMessage } from "../../core/room/delivery.js";
import type { EventOf, RoomEvent } from "../../core/room/event.js";
import { callsModel } from "../../core/room/payer.js";
import { type AgentMember, hasReasonToStart, presentAgent, type Room } from "../../core/room/room.js";
import type { PlaceFiles } from "../../ports/agent-files.js";
import type { AskDecision } from "../../ports/agents.js";
import { homePool } from "../rooms/placement.js";
import type { RoomService } from "../rooms/service.js";
import type { BegunTools } from "./begun-tools.js";
import { messageInput, turnInputs, turnPlan } from "./deliveries.js";
import { type AgentRunner, restarted } from "./runner.js";

/** Parts that a mailbox needs. */
export interface MailboxOptions {
  rooms: RoomService;
  /** Returns the runner of an agent on this node, creating it if needed. */
  runnerOf: (roomId: string, name: string) => AgentRunner;
  /** Returns the existing runner, if any. */
  knownRunner: (roomId: string, name: string) => AgentRunner | undefined;
  removeAgent: (roomId: string, name: string) => Promise<void>;
  /** Wakes the mailbox on the agent's home node. */
  wakeAt: (home: string, roomId: string, name: string) => void;
  newTurnId: () => string;
  sha256: (text: string) => string;
  placeFiles?: PlaceFiles | undefined;
  begunTools: BegunTools;
  /** True if agents of this runtime have processes that outlive this node. */
  canTakeOver: (runtime: string) => boolean;
  /** Whether agents of the room may not call the model now, so that no turn of theirs starts. */
  isSpendingHeld: (roomId: string) => Promise<boolean>;
  node: string;
  instance: string;
  /** True if only one process can hold the data, so that it owns the turns of every node. */
  onlyNode: boolean;
}

/** State of one agent's mailbox as read from the room. */
interface MailboxView {
  absent: boolean;
  /** Version at which a person whose session permissions it may hold left or was demoted; 0: none did. */
  trustEndedVersion: number;
  home?: string | undefined;
  turn?: {
    turnId: string;
    node: string;
    instance: string;
    runtime: string;
    startedAtMs: number;
    answers: { requestId: string; gateId: string; version: number; index: number }[];
    steer: boolean;
  };
  start: boolean;
  callsModel?: boolean;
}

/**
 * Reader of agents' mailboxes. Each run reads the room and does what is due: starts a turn, delivers messages to a running one, passes on
 * answers, ends lost turns. It never waits for a turn.
 */
export function createMailbox(options: MailboxOptions): (reader: string) => Promise<void> {
  const { rooms, knownRunner, runnerOf, node, instance } = options;
  /**
   * Turn starts that are not durable yet. With other writers a start may be refused while the next one is already in flight; the next one
   * must not use a session that knows of the refused start.
   */
  const unstored = new WeakMap<AgentRunner, Promise<void>>();
  /** By runner: the `trustEndedVersion` that its session was opened at. */
  const trustVersions = new WeakMap<AgentRunner, number>();

  return async function run(reader: string): Promise<void> {
    const [pool = "", roomId = "", name = ""] = reader.split("/");
    const view = await rooms.peek(roomId, (room) => viewOf(room, name), { fresh: true });
    // Look the runner up after the await: another run may have started a turn.
    const runner = knownRunner(roomId, name);
    if (view.absent) return options.removeAgent(roomId, name);
    if (!options.onlyNode && !isOurs(view, pool)) return leaveToOthers(roomId, name, view);
    const isMoved = !options.onlyNode && view.home === undefined && runner !== undefined;
    // The agent was moved and has no home node yet: the session here belongs to its earlier stay.
    if (isMoved) await options.removeAgent(roomId, name);
    else if (runner?.turnId !== undefined && runner.turnId !== view.turn?.turnId) return runner.stop();
    if (view.turn) return attend(roomId, name, { ...view.turn, isAtHome: view.home === node });
    if (view.start && !(view.callsModel && (await options.isSpendingHeld(roomId)))) {
      await endTrust(roomId, name, view.trustEndedVersion);
      await start(roomId, name);
    }
  };

  /** Permissions "for this session" live in the agent's process: it ends with the right of the person who gave one, and its conversation goes on in a new process. */
  async function endTrust(roomId: string, name: string, endedVersion: number): Promise<void> {
    if (endedVersion === 0) return;
    const runner = knownRunner(roomId, name);
    if (runner && runner.turnId === undefined && (trustVersions.get(runner) ?? 0) < endedVersion)
      await options.removeAgent(roomId, name);
    trustVersions.set(runnerOf(roomId, name), endedVersion);
  }

  /** True if this is the home node, or if the agent has none and is offered to every eligible node. */
  function isOurs({ home }: MailboxView, pool: string): boolean {
    return home === undefined ? pool !== homePool(node) : home === node;
  }

  /** The agent has another home node: drop it here and wake that node if there is work. */
  async function leaveToOthers(roomId: string, name: string, { home, turn, start: waits }: MailboxView): Promise<void> {
    await options.removeAgent(roomId, name);
    if (home !== undefined && (turn || waits)) options.wakeAt(home, roomId, name);
  }

  function contextOf(roomId: string, agent: string) {
    const { sha256, placeFiles, begunTools } = options;
    return { rooms, roomId, agent, sha256, placeFiles, begunTools };
  }

  async function start(roomId: string, name: string): Promise<void> {
    const turnId = options.newTurnId();
    const { decision, durable } = await rooms.submit(roomId, {
      type: "turn.start",
      agent: name,
      turnId,
      node,
      boot: instance,
      onlyAtHome: !options.onlyNode,
    });
    const isStart = (event: RoomEvent) => event.type === "turn.started" && event.turnId === turnId;
    const stored = durable.then((ended) => ended.kind === "accepted" && ended.events.some(isStart)).catch(() => false);
    if (decision.kind !== "accepted") return;
    const plan = await rooms.peek(roomId, (room) => turnPlan(room, name));
    if (plan?.turnId !== turnId) return;
    const context = contextOf(roomId, name);
    const shutdown = plan.messages.some((message) => message.class === "shutdown");
    const runner = runnerOf(roomId, name);
    const before = unstored.get(runner);
    const inputs = async () => {
      await before;
      return turnInputs(plan, context);
    };
    // Safe to deliver before the start is durable: the agent's messages follow the start in the log or are not stored.
    const settled = stored.then((isStored) => {
      if (!isStored) runner.restartSession(turnId);
      if (unstored.get(runner) === settled) unstored.delete(runner);
    });
    if (!options.onlyNode) unstored.set(runner, settled);
    runner.startTurn({ turnId, shutdown, inputs });
  }

  async function attend(
    roomId: string,
    name: string,
    turn: NonNullable<MailboxView["turn"]> & { isAtHome: boolean },
  ): Promise<void> {
    const runner = knownRunner(roomId, name);
    if (runner?.turnId !== turn.turnId) return continueOrLose(roomId, name, turn);
    for (const answer of turn.answers) await deliverAnswer(runner, roomId, answer);
    if (turn.steer) await steer(runner, roomId, name);
  }

  async function continueOrLose(
    roomId: string,
    name: string,
    turn: NonNullable<MailboxView["turn"]> & { isAtHome: boolean },
  ): Promise<void> {
    const mayRun =
      (options.onlyNode || turn.node === node) && turn.instance !== instance && options.canTakeOver(turn.runtime);
    const plan = mayRun ? await rooms.peek(roomId, (room) => turnPlan(room, name)) : undefined;
    if (plan?.turnId !== turn.turnId) return lose(roomId, name, turn);
    const started = (await rooms.eventsAt(roomId, plan.version)).find((event) => event?.type === "turn.started");
    const first = new Set(started?.messages);
    const context = contextOf(roomId, name);
    const isFirst = ({ messageId }: WaitingMessage) => first.has(messageId);
    runnerOf(roomId, name).takeOverTurn({
      turnId: turn.turnId,
      startedAtMs: turn.startedAtMs,
      shutdown: plan.messages.some((message) => message.class === "shutdown"),
      inputs: () => turnInputs({ ...plan, messages: plan.messages.filter(isFirst) }, context),
      steered: async () => {
        const steered = plan.messages.filter((message) => !isFirst(message));
        const inputs = await Promise.all(steered.map((message) => messageInput(message, context)));
        return inputs.filter((input) => input !== undefined);
      },
    });
  }

  /** Handles an abandoned turn: started by an earlier instance of this node, never stored, or on a node that is not the home node. */
  async function lose(
    roomId: string,
    name: string,
    turn: { turnId: string; node: string; isAtHome: boolean },
  ): Promise<void> {
    const ours = options.onlyNode || turn.isAtHome || turn.node === node;
    if (!ours) return;
    const lose = { type: "turn.lose", agent: name, turnId: turn.turnId } as const;
    const isUnstored = knownRunner(roomId, name)?.isUnstored(turn.turnId) === true;
    await rooms.execute(roomId, {
      ...lose,
      ...(isUnstored ? { lostBy: "outage" } : { lostBy: "router", error: restarted }),
    });
  }

  async function steer(runner: AgentRunner, roomId: string, name: string): Promise<void> {
    const turnId = runner.turnId ?? "";
    // Wait until durable: with other writers the start may be re-decided and take other messages.
    const steered = await rooms.execute(roomId, { type: "turn.steer", agent: name, turnId });
    if (steered.kind !== "accepted") return;
    const ids = new Set(steered.events.flatMap((event) => (event.type === "turn.steered" ? event.messages : [])));
    if (ids.size === 0) return;
    const taken = await rooms.peek(roomId, (room) => takenBy(room, name));
    for (const message of taken.filter(({ messageId }) => ids.has(messageId))) {
      const input = await messageInput(message, contextOf(roomId, name));
      if (input) runner.steer(input);
    }
  }

  async function deliverAnswer(
    runner: AgentRunner,
    roomId: string,
    answer: { requestId: string; version: number; index: number },
  ): Promise<void> {
    await rooms.durable(roomId, answer.version);
    const event = (await rooms.eventsAt(roomId, answer.version))[answer.index];
    if (event?.type !== "gate.resolved") return;
    runner.answer(answer.requestId, (input) => askDecision(event, input));
  }
}

function viewOf(room: Room, name: string): MailboxView {
  const agent = room.status === "closed" ? undefined : presentAgent(room, name);
  if (!agent) return { absent: true, trustEndedVersion: 0, start: false };
  const { home, trustEndedVersion = 0 } = agent;
  if (!agent.turn)
    return {
      absent: false,
      trustEndedVersion,
      home,
      start: mayStart(room) && hasReasonToStart(room, agent),
      callsModel: callsModel(agent),
    };
  const { turnId, node, boot: instance, startedAtMs, asks } = agent.turn;
  const answers = asks.flatMap(({ requestId, gateId, resolved }) =>
    resolved ? [{ requestId, gateId, ...resolved }] : [],
  );
  const turn = {
    turnId,
    node,
    instance,
    startedAtMs,
    runtime: agent.runtime,
    answers,
    steer: hasSteering(room, agent),
  };
  return { absent: false, trustEndedVersion, home, start: false, turn };
}

function hasSteering(room: Room, agent: AgentMember): boolean {
  return agent.waiting.some((seq) => room.waiting.get(seq)?.class === "interrupt");
}

function takenBy(room: Room, name: string): WaitingMessage[] {
  return turnPlan(room, name)?.messages ?? [];
}

/** Maps a gate's outcome to the decision for the waiting agent. */
function askDecision(event: EventOf<"gate.resolved">, input: unknown): AskDecision {
  const { outcome, by, body, answers, choices, reason, remember } = event;
  if (outcome === "allowed")
    return { kind: "allow", input: body === undefined ? input : JSON.parse(body), remember: remember === "session" };
  // With choices the body is their text, and no answer of its own.
  if (outcome === "answered" && choices) return { kind: "answer", answers: answers ?? {}, choices };
  if (outcome === "answered") return { kind: "answer", answers: answers ?? { "": body ?? "" } };
  const why = reason ? `: ${reason}` : "";
  return { kind: "deny", message: outcome === "expired" ? "nobody answered in time" : `${by} said no${why}` };
}
