import type { AgentInput, AgentSpec, AskDecision, Output } from "../../src/ports/agents.js";
import type { Clock } from "../../src/ports/clock.js";
import type { PatternWorker } from "./pattern-worker.js";
import { type Job, performRule } from "./perform.js";
import { type Choice, chooseRule, freshInlineAllowance, type InlineAllowance, type Rule, ruleName } from "./rules.js";
import { forgetOldest, type Session } from "./session.js";
import { createTurn, type Turn } from "./turn.js";

export interface TurnRunnerOptions {
  spec: AgentSpec;
  rules: readonly Rule[];
  session: Session;
  /** Tries the patterns that may take long. */
  worker: PatternWorker;
  clock: Clock;
  sha256: (text: string) => string;
  emit: (output: Output) => void;
  /** Called after `turnEnded` was emitted. */
  onTurnEnd: () => void;
  /** The script wants the sandbox to die. MUST call `abandon`. */
  onCrash: () => void;
}

/** An agent's turns: one message after the other, until none is left. */
export interface TurnRunner {
  /** Starts a turn a few microtasks later, or adds to the one under way. An input taken before is ignored. */
  take(input: AgentInput): void;
  answer(requestId: string, decision: AskDecision): void;
  /** Ends the turn as cancelled, including its waiting messages. */
  interrupt(): void;
  /** Drops the turn without a word, as if it had never begun. */
  abandon(): void;
  isBusy(): boolean;
}

const OUTPUT_ID_CHARS = 24;
/** Microtasks without a new input before a turn starts: messages handed over one after the other, each awaited, are one turn. */
const QUIET_TICKS = 8;

export function createTurnRunner(options: TurnRunnerOptions): TurnRunner {
  const { emit } = options;
  const taken = new Set<string>();
  let arrivals = 0;
  const mailbox = createMailbox();
  let turn: Turn | undefined;

  const begin = (): Turn => {
    const started = createTurn({ clock: options.clock, emit });
    whenQuiet(
      () => arrivals,
      () => pump(started),
    );
    return started;
  };

  const endTurn = (output: Extract<Output, { kind: "turnEnded" }>) => {
    turn = undefined;
    mailbox.clear();
    emit(output);
    options.onTurnEnd();
  };

  const onFail = (kind: "error" | "crash", rule: Rule) => {
    if (kind === "crash") return options.onCrash();
    endTurn({ kind: "turnEnded", outcome: "failed", error: `${ruleName(rule.index)} makes the turn fail` });
  };

  /** True: the message was answered, or needs no answer. */
  const answerInput = (current: Turn, { input, choice }: { input: AgentInput; choice: Choice | undefined }) => {
    if (choice === undefined) return true;
    return performRule(createJob({ options, turn: current, input, choice, onFail }), () => pump(current));
  };

  const pump = (current: Turn) => {
    if (turn !== current) return;
    const allowance = freshInlineAllowance();
    for (let input = mailbox.take(); input !== undefined; input = mailbox.take()) {
      const choosing = choose({ options, turn: current, input, allowance });
      if (choosing instanceof Promise) {
        const chosenFor = input;
        void choosing.then((choice) => {
          if (turn === current && answerInput(current, { input: chosenFor, choice })) pump(current);
        });
        return;
      }
      if (!answerInput(current, { input, choice: choosing })) return;
    }
    endTurn({ kind: "turnEnded", outcome: "done" });
  };

  return {
    take(input) {
      if (taken.has(input.id)) return;
      taken.add(input.id);
      arrivals++;
      forgetOldest(taken);
      turn ??= begin();
      mailbox.put(input);
    },
    answer: (requestId, decision) => turn?.answer(requestId, decision),
    interrupt() {
      if (turn === undefined) return;
      const requestId = turn.cancel();
      if (requestId !== undefined) emit({ kind: "askWithdrawn", requestId });
      endTurn({ kind: "turnEnded", outcome: "cancelled" });
    },
    abandon() {
      turn?.cancel();
      turn = undefined;
      mailbox.clear();
    },
    isBusy: () => turn !== undefined,
  };
}

/** Runs once nothing more arrived for a few microtasks. */
function whenQuiet(arrivals: () => number, run: () => void): void {
  const wait = (known: number, ticks: number) => {
    const now = arrivals();
    if (now === known && ticks === 0) run();
    else queueMicrotask(() => wait(now, now === known ? ticks - 1 : QUIET_TICKS));
  };
  wait(arrivals(), QUIET_TICKS);
}

/** Waiting messages: first those that interrupt, then the rest, each in order of arrival. */
function createMailbox() {
  let urgent: AgentInput[] = [];
  let others: AgentInput[] = [];
  return {
    put(input: AgentInput) {
      const canWait = input.class === "deliver" || input.class === "notify";
      (canWait ? others : urgent).push(input);
    },
    take: () => urgent.shift() ?? others.shift(),
    clear() {
      urgent = [];
      others = [];
    },
  };
}

interface Choosing {
  options: TurnRunnerOptions;
  turn: Turn;
  input: AgentInput;
  allowance: InlineAllowance;
}

function choose({ options, turn, input, allowance }: Choosing): Choice | undefined | Promise<Choice | undefined> {
  const { rules, session, spec, worker } = options;
  const onTooSlow = (rule: Rule) => {
    const text = `The pattern of ${ruleName(rule.index)} took too long on a message and is not used any more in this session. Make it simpler.`;
    turn.emit({ kind: "notice", severity: "warning", text });
  };
  const onSpent = () => {
    const text =
      "The patterns of the script took too long together on a message; it is not answered. Make them simpler.";
    turn.emit({ kind: "notice", severity: "warning", text });
  };
  const { participants } = spec;
  const { used, answeredBy } = session;
  const known = answeredBy.get(input.id);
  const looking = { rules, message: input.message, participants, used, known, onTooSlow, onSpent, allowance, worker };
  const choice = chooseRule(looking);
  const remember = (chosen: Choice | undefined) =>
    known === undefined ? rememberChoice(session, { input, choice: chosen }) : chosen;
  return choice instanceof Promise ? choice.then(remember) : remember(choice);
}

/** Remembers which rule answers the input, and that it was used. */
function rememberChoice(
  session: Session,
  { input, choice }: { input: AgentInput; choice: Choice | undefined },
): Choice | undefined {
  if (choice === undefined) return choice;
  const { used, answeredBy } = session;
  const { index, script } = choice.rule;
  answeredBy.set(input.id, index);
  forgetOldest(answeredBy);
  if (script.times !== undefined) used.set(index, (used.get(index) ?? 0) + 1);
  return choice;
}

interface JobOptions extends Omit<Choosing, "allowance"> {
  choice: Choice;
  onFail: (kind: "error" | "crash", rule: Rule) => void;
}

function createJob({ options, turn, input, choice, onFail }: JobOptions): Job {
  const { spec, session, sha256 } = options;
  const { rule, groups } = choice;
  // The start of another stay under the same name is another start.
  const messageId = "kind" in input.message ? `start/${session.id}` : input.message.messageId;
  return {
    input,
    turn,
    spec,
    rule,
    groups,
    remembered: session.remembered,
    idOf: (part) =>
      sha256(JSON.stringify([spec.roomId, spec.name, messageId, rule.index, part])).slice(0, OUTPUT_ID_CHARS),
    onFail: (kind) => onFail(kind, rule),
    answer: "",
    refusal: undefined,
  };
}
