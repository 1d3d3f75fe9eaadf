import { frameNotice } from "../../src/core/grammar/frame.js";
import type { AgentInput, Output } from "../../src/ports/agents.js";
import type { Clock } from "../../src/ports/clock.js";
import { conversationRefusal, failureOf, providerOutage } from "./failure.js";
import type { Line, LineOf } from "./line.js";

type TurnEnd = Extract<Output, { kind: "turnEnded" }>;

/** Turns as the runtime means them: from the first message handed to an idle agent until nothing of it is left to do. */
export interface Turns {
  /** Starts a turn, or adds to the one under way. A message taken before is not handed on again. */
  take(input: AgentInput): void;
  /** Claude Code's reports about its own state. Called before the outputs of a line are passed on, except for a turn's end, which comes after them. */
  read(line: Line): void;
  /** Claude Code works. Unasked, that is a turn of its own, which ends like any other. */
  working(): void;
  /** Ends the turn as cancelled, with all that waits in it. */
  interrupt(): void;
  readonly isBusy: boolean;
  /** The turn was interrupted and has not ended: its text may be cut off. */
  readonly isStopping: boolean;
  /** Resolves when no turn is under way. */
  idle(): Promise<void>;
  /** No turn ends any more. */
  abandon(): void;
}

export interface TurnsOptions {
  /** Hands a prompt to Claude Code under an id of its own; steering ones go inside a running turn. */
  write: (prompt: { uuid: string; text: string }) => void;
  /** Stops Claude Code's turn, and drops its queue. */
  stop: () => void;
  uuidOf: (inputIds: readonly string[]) => string;
  emitEnd: (end: TurnEnd) => void;
  /** Inputs whose turns ended, shared over the processes of a session. */
  finished: { has(id: string): boolean; add(id: string): void };
  clock: Clock;
}

/** Claude Code says `idle` and has not taken a prompt: after so long it never will. */
const lostPromptMs = 10_000;
const maxLateMs = 3_000;
/** The prompt in place of messages that the conversation has. */
const goOn = frameNotice(
  "the model could not be asked for a while, and what came last was not answered: go on with it",
);
/** One prompt may consist of several messages; the rest becomes the next prompt of the same turn. */
const maxPromptChars = 200_000;

export function createTurns(options: TurnsOptions): Turns {
  const { write, clock, finished } = options;
  let phase: "idle" | "gathering" | "running" = "idle";
  let taken = new Set<string>();
  let waiting: AgentInput[] = [];
  /** Prompts handed over that have not entered a turn of Claude Code's. */
  let untaken = new Set<string>();
  let failure: Failure | undefined;
  /** Inputs that the conversation has and the provider did not answer, and how often that was. */
  let unanswered: ReadonlySet<string> = new Set();
  let outages = 0;
  let isInterrupted = false;
  let saysItsState = false;
  let cancelLoss = () => {};
  let whenIdle: (() => void)[] = [];
  let gathering: NodeJS.Immediate | undefined;
  /** Came after the turn was interrupted: the next turn's. */
  let later: AgentInput[] = [];

  function take(input: AgentInput): void {
    if (isInterrupted) {
      later.push(input);
      return;
    }
    const isKnown = taken.has(input.id) || finished.has(input.id);
    if (phase === "idle") gather();
    if (isKnown) return;
    taken.add(input.id);
    if (phase === "running" && isUrgent(input)) hand([input]);
    else waiting.push(input);
  }

  /** Messages handed over one after the other become one prompt: the model reads all of them before it answers. */
  function gather(): void {
    phase = "gathering";
    gathering = setImmediate(handWaiting);
  }

  function handWaiting(): void {
    const inOrder = [...waiting.filter(isUrgent), ...waiting.filter((input) => !isUrgent(input))];
    const batch = inOrder.splice(0, fitting(inOrder));
    waiting = inOrder;
    if (batch.length === 0) {
      end();
      return;
    }
    phase = "running";
    hand(batch);
  }

  function hand(batch: readonly AgentInput[]): void {
    const ids = batch.map(({ id }) => id);
    const isAgain = ids.every((id) => unanswered.has(id));
    // Claude Code drops ids it has seen.
    const uuid = options.uuidOf(isAgain ? [...ids, `again ${outages}`] : ids);
    untaken.add(uuid);
    write({ uuid, text: isAgain ? goOn : batch.map(({ text }) => text).join("\n") });
  }

  function read(line: Line): void {
    if (line.type === "command_lifecycle" && line.state !== "queued") untaken.delete(line.command_uuid);
    if (line.type === "user" && line.isReplay && line.uuid) untaken.delete(line.uuid);
    if (line.type === "result") readResult(line);
    if (line.type === "system" && line.subtype === "session_state_changed") {
      saysItsState = true;
      cancelLoss();
      if (line.state === "idle") rest();
    }
  }

  /** Several messages may share a result, and one may have several: only its error counts. */
  function readResult(result: LineOf<"result">): void {
    if (phase !== "running") return;
    if (result.is_error && !isInterrupted)
      failure ??= {
        error: failureOf(result),
        refused: conversationRefusal(result),
        outage: providerOutage(result),
      };
    if (!saysItsState) rest();
  }

  function rest(): void {
    if (phase !== "running") return;
    if (isInterrupted) {
      end();
      return;
    }
    if (untaken.size === 0) {
      handWaiting();
      return;
    }
    waitForPrompt();
  }

  function waitForPrompt(): void {
    const sinceMs = clock.monotonicMs();
    cancelLoss = clock.after(lostPromptMs, () => {
      // A timer this late means that the process was frozen: read Claude Code's pending output first.
      if (clock.monotonicMs() - sinceMs > lostPromptMs + maxLateMs) return waitForPrompt();
      failure ??= { error: "Claude Code did not take a message. The conversation is kept; write again to go on." };
      untaken = new Set();
      rest();
    });
  }

  function end(): void {
    cancelLoss();
    clearImmediate(gathering);
    const outcome = isInterrupted ? "cancelled" : failure === undefined ? "done" : "failed";
    const why: Failure = outcome === "failed" && failure !== undefined ? failure : {};
    if (why.outage === undefined) for (const id of taken) finished.add(id);
    else outages += 1;
    unanswered = why.outage === undefined ? new Set() : new Set([...unanswered, ...taken]);
    [phase, taken, waiting, untaken, failure, isInterrupted] = ["idle", new Set(), [], new Set(), undefined, false];
    options.emitEnd({ kind: "turnEnded", outcome, ...withoutUndefined(why) });
    const next = later;
    later = [];
    for (const input of next) take(input);
    if (phase === "idle") becomeIdle();
  }

  function becomeIdle(): void {
    const resolves = whenIdle;
    whenIdle = [];
    for (const resolve of resolves) resolve();
  }

  return {
    take,
    read,
    working() {
      if (phase === "idle") phase = "running";
    },
    interrupt() {
      if (phase === "idle") return;
      const wasRunning = phase === "running";
      waiting = [];
      isInterrupted = true;
      if (wasRunning) options.stop();
      else end();
    },
    get isBusy() {
      return phase !== "idle";
    },
    get isStopping() {
      return isInterrupted;
    },
    async idle() {
      if (phase === "idle") return;
      await new Promise<void>((resolve) => whenIdle.push(resolve));
    },
    abandon() {
      cancelLoss();
      clearImmediate(gathering);
      phase = "idle";
      becomeIdle();
    },
  };
}

interface Failure {
  error?: string;
  refused?: string | undefined;
  outage?: string | undefined;
}

function withoutUndefined({ error, refused, outage }: Failure): { error?: string; refused?: string; outage?: string } {
  return {
    ...(error !== undefined && { error }),
    ...(refused !== undefined && { refused }),
    ...(outage !== undefined && { outage }),
  };
}

/** How many of them one prompt takes; at least one. */
function fitting(inputs: readonly AgentInput[]): number {
  let chars = 0;
  const first = inputs.findIndex(({ text }) => {
    chars += text.length;
    return chars > maxPromptChars;
  });
  return first === -1 ? inputs.length : Math.max(1, first);
}

function isUrgent({ class: kind }: AgentInput): boolean {
  return kind !== "deliver" && kind !== "notify";
}
