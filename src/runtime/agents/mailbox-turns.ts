import type { WaitingMessage } from "../../core/room/delivery.js";
import type { EventOf, RoomEvent } from "../../core/room/event.js";
import type { AskDecision } from "../../ports/agents.js";
import { messageInput, turnInputs, turnPlan } from "./deliveries.js";
import type { MailboxOptions } from "./mailbox-options.js";
import type { OpenMailboxTurn, StoredAnswer } from "./mailbox-step.js";
import { type AgentRunner, restarted } from "./runner.js";

/** The steps of a mailbox in an agent's turn. */
export interface MailboxTurns {
  /** Starts a turn with all waiting messages, unless the log refuses it. */
  start(roomId: string, name: string): Promise<void>;
  /** Whether `start` is under way for this turn. News may bring it to this process before the answer to its own command does. */
  isStarting(turnId: string): boolean;
  /** Hands answers and steering messages to the turn that the runner is in. */
  attend(roomId: string, name: string, at: { runner: AgentRunner; turn: OpenMailboxTurn }): Promise<void>;
  /** Continues a turn of an earlier instance, or ends it as lost if that is not possible. */
  continueOrLose(roomId: string, name: string, turn: OpenMailboxTurn): Promise<void>;
  /** Ends an abandoned turn: started by an earlier instance of this node, never stored, or on a node that is not the home node. */
  lose(roomId: string, name: string, turnId: string): Promise<void>;
}

/** Turns as the mailbox of any agent starts and attends them. */
export function createMailboxTurns(options: MailboxOptions): MailboxTurns {
  const { rooms, runnerOf, node, instance } = options;
  /**
   * Turn starts that are not durable yet. With other writers a start may be refused while the next one is already in flight; the next one
   * must not use a session that knows of the refused start.
   */
  const unstored = new WeakMap<AgentRunner, Promise<void>>();
  /** Ids of turns whose start is under way. */
  const starting = new Set<string>();

  function contextOf(roomId: string, agent: string) {
    const { sha256, placeFiles, begunTools } = options;
    return { rooms, roomId, agent, sha256, placeFiles, begunTools };
  }

  async function start(roomId: string, name: string): Promise<void> {
    const turnId = options.newTurnId();
    starting.add(turnId);
    try {
      await startAs(turnId, roomId, name);
    } finally {
      starting.delete(turnId);
    }
  }

  async function startAs(turnId: string, roomId: string, name: string): Promise<void> {
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
    runner.startTurn({ turnId, shutdown: endsSession(plan.messages), inputs });
  }

  async function continueOrLose(roomId: string, name: string, turn: OpenMailboxTurn): Promise<void> {
    const { turnId, startedAtMs } = turn;
    const plan = await rooms.peek(roomId, (room) => turnPlan(room, name));
    if (plan?.turnId !== turnId) return lose(roomId, name, turnId);
    const started = (await rooms.eventsAt(roomId, plan.version)).find((event) => event?.type === "turn.started");
    const first = new Set(started?.messages);
    const context = contextOf(roomId, name);
    const isFirst = ({ messageId }: WaitingMessage) => first.has(messageId);
    runnerOf(roomId, name).takeOverTurn({
      turnId,
      startedAtMs,
      shutdown: endsSession(plan.messages),
      inputs: () => turnInputs({ ...plan, messages: plan.messages.filter(isFirst) }, context),
      steered: async () => {
        const steered = plan.messages.filter((message) => !isFirst(message));
        const inputs = await Promise.all(steered.map((message) => messageInput(message, context)));
        return inputs.filter((input) => input !== undefined);
      },
    });
  }

  async function lose(roomId: string, agent: string, turnId: string): Promise<void> {
    const isUnstored = options.knownRunner(roomId, agent)?.isUnstored(turnId) === true;
    const why = isUnstored ? ({ lostBy: "outage" } as const) : ({ lostBy: "router", error: restarted } as const);
    await rooms.execute(roomId, { type: "turn.lose", agent, turnId, ...why });
  }

  async function attend(
    roomId: string,
    name: string,
    { runner, turn }: { runner: AgentRunner; turn: OpenMailboxTurn },
  ): Promise<void> {
    for (const answer of turn.answers) await deliverAnswer(runner, roomId, answer);
    if (turn.hasSteering) await steer(runner, roomId, name);
  }

  async function steer(runner: AgentRunner, roomId: string, name: string): Promise<void> {
    const turnId = runner.turnId ?? "";
    // Wait until durable: with other writers the start may be re-decided and take other messages.
    const steered = await rooms.execute(roomId, { type: "turn.steer", agent: name, turnId });
    if (steered.kind !== "accepted") return;
    const ids = new Set(steered.events.flatMap((event) => (event.type === "turn.steered" ? event.messages : [])));
    if (ids.size === 0) return;
    const taken = await rooms.peek(roomId, (room) => turnPlan(room, name)?.messages ?? []);
    for (const message of taken.filter(({ messageId }) => ids.has(messageId))) {
      const input = await messageInput(message, contextOf(roomId, name));
      if (input) runner.steer(input);
    }
  }

  async function deliverAnswer(runner: AgentRunner, roomId: string, answer: StoredAnswer): Promise<void> {
    await rooms.durable(roomId, answer.version);
    const event = (await rooms.eventsAt(roomId, answer.version))[answer.index];
    if (event?.type !== "gate.resolved") return;
    runner.answer(answer.requestId, (input) => askDecision(event, input));
  }

  return { start, isStarting: (turnId) => starting.has(turnId), attend, continueOrLose, lose };
}

function endsSession(messages: readonly WaitingMessage[]): boolean {
  return messages.some((message) => message.class === "shutdown");
}

/** Maps a gate's outcome to the decision for the waiting agent. */
function askDecision(event: EventOf<"gate.resolved">, input: unknown): AskDecision {
  const { outcome, by, body, answers, choices, reason, remember } = event;
  if (outcome === "allowed")
    return { kind: "allow", input: body === undefined ? input : JSON.parse(body), remember: remember === "session" };
  // With choices the body is only their text, not an answer in itself.
  if (outcome === "answered" && choices) return { kind: "answer", answers: answers ?? {}, choices };
  if (outcome === "answered") return { kind: "answer", answers: answers ?? { "": body ?? "" } };
  const why = reason ? `: ${reason}` : "";
  return { kind: "deny", message: outcome === "expired" ? "nobody answered in time" : `${by} said no${why}` };
}
