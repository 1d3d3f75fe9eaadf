import { mayStart } from "../../core/room/decide/turns.js";
import type { EventOf, RoomEvent } from "../../core/room/event.js";
import {
  type AgentMember,
  hasReasonToStart,
  presentAgent,
  type Room,
  type WaitingMessage,
} from "../../core/room/room.js";
import type { PlaceFiles } from "../../ports/agent-files.js";
import type { AskDecision } from "../../ports/agents.js";
import { homePool } from "../rooms/placement.js";
import type { RoomService } from "../rooms/service.js";
import { messageInput, turnInputs, turnPlan } from "./deliveries.js";
import { type AgentRunner, restarted } from "./runner.js";

export interface MailboxOptions {
  rooms: RoomService;
  /** The runner of an agent on this node, made when it is needed. */
  runnerOf: (roomId: string, name: string) => AgentRunner;
  /** The runner if there is one. */
  knownRunner: (roomId: string, name: string) => AgentRunner | undefined;
  forget: (roomId: string, name: string) => Promise<void>;
  /** Wakes the mailbox on the node that is the agent's home. */
  wakeAt: (home: string, roomId: string, name: string) => void;
  newTurnId: () => string;
  sha256: (text: string) => string;
  placeFiles?: PlaceFiles | undefined;
  /** Whether agents of this runtime have processes that outlive this one. */
  canTakeOver: (runtime: string) => boolean;
  node: string;
  boot: string;
  /** True where only one process can hold the data: turns of any node are then its own. */
  onlyNode: boolean;
}

/** What the mailbox finds when it looks. */
interface Look {
  absent: boolean;
  home?: string | undefined;
  turn?: {
    turnId: string;
    node: string;
    boot: string;
    runtime: string;
    startedAtMs: number;
    answers: { requestId: string; gateId: string; version: number; index: number }[];
    steer: boolean;
  };
  start: boolean;
}

/**
 * The reader of one agent's mailbox. Every run looks at the room and does what is due: starts a turn, hands over what is to reach
 * a running one, passes on answers, ends what is lost. It never waits for a turn.
 */
export function createMailbox(options: MailboxOptions): (reader: string) => Promise<void> {
  const { rooms, knownRunner, runnerOf, node, boot } = options;
  /**
   * Starts on their way into the log. Where others write too one may be refused while the next is under way already, which must not be
   * given to a session that knows of the refused one.
   */
  const unstored = new WeakMap<AgentRunner, Promise<void>>();

  return async function run(reader: string): Promise<void> {
    const [pool = "", roomId = "", name = ""] = reader.split("/");
    const look = await rooms.peek(roomId, (room) => lookAt(room, name), { fresh: true });
    // Only now: while the log was asked, another run may have begun a turn.
    const runner = knownRunner(roomId, name);
    if (look.absent) return options.forget(roomId, name);
    if (!options.onlyNode && !isOurs(look, pool)) return leaveToOthers(roomId, name, look);
    const isMoved = !options.onlyNode && look.home === undefined && runner !== undefined;
    // Moved away, and nobody's yet: what its session here was told, and still says, is of its earlier stay.
    if (isMoved) await options.forget(roomId, name);
    else if (runner?.turnId !== undefined && runner.turnId !== look.turn?.turnId) return runner.stop();
    if (look.turn) return attend(roomId, name, { ...look.turn, isAtHome: look.home === node });
    if (look.start) await start(roomId, name);
  };

  /** At home here, or without a home and offered to every node that could be it. */
  function isOurs({ home }: Look, pool: string): boolean {
    return home === undefined ? pool !== homePool(node) : home === node;
  }

  /** It moved away, or whoever woke it did not know yet where it is. */
  async function leaveToOthers(roomId: string, name: string, { home, turn, start: waits }: Look): Promise<void> {
    await options.forget(roomId, name);
    if (home !== undefined && (turn || waits)) options.wakeAt(home, roomId, name);
  }

  function contextOf(roomId: string, agent: string) {
    return { rooms, roomId, agent, sha256: options.sha256, placeFiles: options.placeFiles };
  }

  async function start(roomId: string, name: string): Promise<void> {
    const turnId = options.newTurnId();
    const { decision, durable } = await rooms.submit(roomId, {
      type: "turn.start",
      agent: name,
      turnId,
      node,
      boot,
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
    // Handed over before it is durable: what the agent says comes after it in the log, or not at all.
    const settled = stored.then((isStored) => {
      if (!isStored) runner.startOver(turnId);
      if (unstored.get(runner) === settled) unstored.delete(runner);
    });
    if (!options.onlyNode) unstored.set(runner, settled);
    runner.begin({ turnId, shutdown, inputs });
  }

  async function attend(
    roomId: string,
    name: string,
    turn: NonNullable<Look["turn"]> & { isAtHome: boolean },
  ): Promise<void> {
    const runner = knownRunner(roomId, name);
    if (runner?.turnId !== turn.turnId) return goOnOrLose(roomId, name, turn);
    for (const answer of turn.answers) await passOn(runner, roomId, answer);
    if (turn.steer) await steer(runner, roomId, name);
  }

  async function goOnOrLose(
    roomId: string,
    name: string,
    turn: NonNullable<Look["turn"]> & { isAtHome: boolean },
  ): Promise<void> {
    const mayRun = (options.onlyNode || turn.node === node) && turn.boot !== boot && options.canTakeOver(turn.runtime);
    const plan = mayRun ? await rooms.peek(roomId, (room) => turnPlan(room, name)) : undefined;
    if (plan?.turnId !== turn.turnId) return lose(roomId, name, turn);
    const started = (await rooms.eventsAt(roomId, plan.version)).find((event) => event?.type === "turn.started");
    const first = new Set(started?.messages);
    const context = contextOf(roomId, name);
    const isFirst = ({ messageId }: WaitingMessage) => first.has(messageId);
    runnerOf(roomId, name).takeUp({
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

  /** A turn nobody works on: it belonged to an earlier life of this node, its start could not be stored, or its node is not the agent's home. */
  async function lose(
    roomId: string,
    name: string,
    turn: { turnId: string; node: string; isAtHome: boolean },
  ): Promise<void> {
    const ours = options.onlyNode || turn.isAtHome || turn.node === node;
    if (!ours) return;
    await rooms.execute(roomId, {
      type: "turn.lose",
      agent: name,
      turnId: turn.turnId,
      lostBy: "router",
      error: restarted,
    });
  }

  async function steer(runner: AgentRunner, roomId: string, name: string): Promise<void> {
    const turnId = runner.turnId ?? "";
    // Durable first: where others write too it may be decided again, and then take other messages.
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

  async function passOn(
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

function lookAt(room: Room, name: string): Look {
  const agent = room.status === "closed" ? undefined : presentAgent(room, name);
  if (!agent) return { absent: true, start: false };
  const { home } = agent;
  if (!agent.turn) return { absent: false, home, start: mayStart(room) && hasReasonToStart(room, agent) };
  const { turnId, node, boot, startedAtMs, asks } = agent.turn;
  const answers = asks.flatMap(({ requestId, gateId, resolved }) =>
    resolved ? [{ requestId, gateId, ...resolved }] : [],
  );
  const turn = { turnId, node, boot, startedAtMs, runtime: agent.runtime, answers, steer: hasSteering(room, agent) };
  return { absent: false, home, start: false, turn };
}

function hasSteering(room: Room, agent: AgentMember): boolean {
  return agent.waiting.some((seq) => room.waiting.get(seq)?.class === "interrupt");
}

function takenBy(room: Room, name: string): WaitingMessage[] {
  return turnPlan(room, name)?.messages ?? [];
}

/** What a gate's outcome means to the agent that waits. */
function askDecision(event: EventOf<"gate.resolved">, input: unknown): AskDecision {
  const { outcome, by, body, answers, choices, reason, remember } = event;
  if (outcome === "allowed")
    return { kind: "allow", input: body === undefined ? input : JSON.parse(body), remember: remember === "session" };
  if (outcome === "answered")
    return { kind: "answer", answers: answers ?? { "": body ?? "" }, ...(choices && { choices }) };
  const why = reason ? `: ${reason}` : "";
  return { kind: "deny", message: outcome === "expired" ? "nobody answered in time" : `${by} said no${why}` };
}
