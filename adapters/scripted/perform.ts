import type { AgentInput, AgentSpec, AskDecision } from "../../src/ports/agents.js";
import {
  type AskedQuestion,
  answersToQuestions,
  askedQuestions,
  askOfQuestions,
  questionTool,
} from "../kit/ask-questions.js";
import { inputMembers, toolResultOf } from "../kit/tool-result.js";
import { renderReply, splitWords } from "./reply.js";
import type { Choice } from "./rules.js";
import { summarise } from "./summarise.js";
import type { Turn } from "./turn.js";

/** One message being answered by the rule that fitted it. */
export interface Job extends Choice {
  input: AgentInput;
  turn: Turn;
  spec: AgentSpec;
  /** Tools a person allowed for the whole session. */
  remembered: Set<string>;
  /** The id of one part of the answer: the same message and rule give the same ids in every session. */
  idOf(part: "reply" | "refusal" | "ask" | "tool"): string;
  /** The rule wants the turn to end badly. The turn is over when this returns. */
  onFail(kind: "error" | "crash"): void;
  /** The answer to the question. */
  answer: string;
  /** The reason a person refused. */
  refusal: string | undefined;
}

/** Does its part and returns true, or returns false and calls `next` when it is done. */
type Step = (job: Job, next: () => void) => boolean;

/** Pause between the pieces of a streamed reply. */
const PIECE_PAUSE_MS = 30;
const STEPS: readonly Step[] = [think, work, ask, delay, reply, fail];

/**
 * Answers one message: its thoughts and plan, its work, its ask, its delay, its reply, its failure, in this order.
 * True when all is done on return; otherwise `whenDone` is called later, unless the turn ends before.
 */
export function performRule(job: Job, whenDone: () => void): boolean {
  if (!job.rule.isPlain) return runSteps({ job, from: 0, whenDone });
  if (job.rule.script.reply !== undefined) emitReply(job, job.rule.script.reply);
  return true;
}

function runSteps({ job, from, whenDone }: { job: Job; from: number; whenDone: () => void }): boolean {
  for (const [offset, step] of STEPS.slice(from).entries()) {
    const isDone = step(job, () => {
      if (runSteps({ job, from: from + offset + 1, whenDone })) whenDone();
    });
    if (!isDone) return false;
  }
  return true;
}

function think(job: Job): boolean {
  const { thinking, plan } = job.rule.script;
  if (thinking !== undefined) job.turn.emit({ kind: "thinking", text: thinking });
  if (plan) emitPlan(job, plan, 0);
  return true;
}

/** The plan when so many pieces of work are done: one entry for each, and all of them at the end of the work. */
function emitPlan(job: Job, plan: readonly string[], worked: number): void {
  const isOver = worked >= (job.rule.script.work?.length ?? 0);
  const stateOf = (index: number) => (isOver || index < worked ? "done" : index === worked ? "inProgress" : "pending");
  job.turn.emit({ kind: "plan", entries: plan.map((text, index) => ({ text, state: stateOf(index) })) });
}

function work(job: Job, next: () => void): boolean {
  const { work: items = [], plan } = job.rule.script;
  if (items.length === 0) return true;
  const id = job.idOf("tool");
  const startItem = (index: number) => {
    const item = items[index];
    if (item === undefined) return next();
    const tool = { kind: "tool", id: `${id}-${index}`, name: item.tool, summary: summarise(item.input) } as const;
    job.turn.emit({ ...tool, phase: "started", ...inputMembers(item.input) });
    job.turn.wait(item.ms, () => {
      job.turn.emit({ ...tool, phase: item.failed ? "failed" : "ended" });
      if (item.output !== undefined)
        job.turn.emit(toolResultOf({ id: tool.id, ok: !item.failed, content: item.output }));
      if (plan) emitPlan(job, plan, index + 1);
      startItem(index + 1);
    });
  };
  startItem(0);
  return false;
}

function ask(job: Job, next: () => void): boolean {
  const wanted = job.rule.script.ask;
  if (wanted === undefined) return true;
  const requestId = job.idOf("ask");
  if ("question" in wanted) {
    const { question: title, options } = wanted;
    const shown = options === undefined ? {} : { options: options.map((label) => ({ label })) };
    const request = { kind: "ask", requestId, askKind: "question", title, input: title, ...shown } as const;
    job.turn.ask(request, (decision) => {
      takeAnswer(job, { question: title, decision });
      next();
    });
    return false;
  }
  const { tool, input } = wanted;
  const asked = tool === questionTool ? askedQuestions(input) : [];
  if (asked.length > 0) {
    job.turn.ask(askOfQuestions(asked, { requestId, input }), (decision) => {
      takeAnswers(job, asked, decision);
      next();
    });
    return false;
  }
  if (job.remembered.has(tool)) {
    emitToolRun(job, tool, input);
    return true;
  }
  job.turn.ask({ kind: "ask", requestId, askKind: "tool", title: tool, input }, (decision) => {
    takePermission(job, { tool, decision });
    next();
  });
  return false;
}

function takeAnswer(job: Job, { question, decision }: { question: string; decision: AskDecision }): void {
  if (decision.kind === "deny") job.refusal = `(no answer: ${decision.message})`;
  if (decision.kind === "answer") job.answer = decision.answers[question] ?? Object.values(decision.answers).join(", ");
}

/** Each answer behind its question, so that a reply shows what was chosen for which. */
function takeAnswers(job: Job, asked: readonly AskedQuestion[], decision: AskDecision): void {
  if (decision.kind === "deny") job.refusal = `(no answer: ${decision.message})`;
  if (decision.kind !== "answer") return;
  const { answers, notes, unnamed } = answersToQuestions(asked, decision);
  const told = Object.entries(answers).map(([question, answer]) => {
    const note = Object.hasOwn(notes, question) ? ` (${notes[question]})` : "";
    return `${question} = ${answer}${note}`;
  });
  job.answer = [...told, ...(unnamed === undefined ? [] : [unnamed])].join("; ");
}

/** Whatever is not an allow is a no. */
function takePermission(job: Job, { tool, decision }: { tool: string; decision: AskDecision }): void {
  if (decision.kind !== "allow") {
    const message = decision.kind === "deny" ? decision.message : "the request was answered, not allowed";
    job.refusal = `(not allowed: ${message})`;
    return;
  }
  if (decision.remember) job.remembered.add(tool);
  emitToolRun(job, tool, decision.input);
}

/** With the input it really ran with, which a person may have edited. */
function emitToolRun(job: Job, name: string, input: unknown): void {
  const tool = { kind: "tool", id: `${job.idOf("tool")}-ask`, name, summary: summarise(input) } as const;
  job.turn.emit({ ...tool, phase: "started", ...inputMembers(input) });
  job.turn.emit({ ...tool, phase: "ended" });
}

function delay(job: Job, next: () => void): boolean {
  const { delayMs = 0 } = job.rule.script;
  if (delayMs === 0 || job.refusal !== undefined) return true;
  job.turn.wait(delayMs, next);
  return false;
}

/** A refusal is silent work: its text is in brackets on one line, so that it is not a directive. */
function reply(job: Job, next: () => void): boolean {
  if (job.refusal !== undefined) {
    const text = job.refusal.replace(/\s+/g, " ");
    job.turn.emit({ kind: "block", outputId: job.idOf("refusal"), index: 0, text });
    return true;
  }
  const { reply: template, stream } = job.rule.script;
  if (template === undefined) return true;
  if (!stream) {
    emitReply(job, template);
    return true;
  }
  const text = render(job, template);
  const pieces = splitWords(text);
  const emitPiece = (index: number) => {
    const piece = pieces[index];
    if (piece === undefined) {
      emitBlock(job, text);
      return next();
    }
    job.turn.emit({ kind: "delta", text: piece });
    job.turn.wait(PIECE_PAUSE_MS, () => emitPiece(index + 1));
  };
  emitPiece(0);
  return false;
}

function fail(job: Job): boolean {
  const kind = job.rule.script.fail;
  if (kind === undefined || job.refusal !== undefined) return true;
  if (kind !== "hang") job.onFail(kind);
  return false;
}

function render(job: Job, template: string): string {
  const { message } = job.input;
  const said = "kind" in message ? { from: "", body: "" } : message;
  const values = { answer: job.answer, groups: job.groups, from: said.from, body: said.body };
  return renderReply(template, values, job.spec.participants);
}

function emitReply(job: Job, template: string): void {
  emitBlock(job, render(job, template));
}

function emitBlock(job: Job, text: string): void {
  job.turn.emit({ kind: "block", outputId: job.idOf("reply"), index: 0, text });
}
