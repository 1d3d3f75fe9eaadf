import type { CanUseTool, PermissionResult, PermissionUpdate } from "@anthropic-ai/claude-agent-sdk";
import type { AskDecision, Output } from "../../src/ports/agents.js";

type Ask = Extract<Output, { kind: "ask" }>;
type ToolInput = Record<string, unknown>;
type Asked = Parameters<CanUseTool>[2];

/** Questions from Claude Code to people, and their answers. Nothing here times out. */
export interface Asks {
  canUseTool: CanUseTool;
  answer(requestId: string, decision: AskDecision): void;
}

export interface AsksOptions {
  emit: (output: Output) => void;
  /** A tool runs with another input than the model gave. */
  onEdited: (toolUseId: string, input: ToolInput) => void;
}

interface Pending {
  tool: string;
  input: ToolInput;
  asked: Asked;
  settle: (result: PermissionResult) => void;
}

const questionTool = "AskUserQuestion";
/** Questions of one process that wait at once; a room has no more open gates. */
const maxPending = 100;

export function createAsks({ emit, onEdited }: AsksOptions): Asks {
  const pending = new Map<string, Pending>();

  return {
    canUseTool: (tool, input, asked) =>
      new Promise((resolve) => {
        const { requestId, signal } = asked;
        if (pending.size >= maxPending) {
          resolve({
            behavior: "deny",
            message: `${maxPending} questions wait for people already. Wait for an answer.`,
          });
          return;
        }
        const settle = (result: PermissionResult) => {
          pending.delete(requestId);
          resolve(result);
        };
        pending.set(requestId, { tool, input, asked, settle });
        signal.addEventListener("abort", () => {
          if (!pending.has(requestId)) return;
          emit({ kind: "askWithdrawn", requestId });
          settle({ behavior: "deny", message: "The question was withdrawn." });
        });
        emit(askOf({ tool, input, requestId }));
      }),
    answer(requestId, decision) {
      const waiting = pending.get(requestId);
      if (!waiting) return;
      const result = resultOf(waiting, decision);
      if (result.behavior === "allow" && result.updatedInput) onEdited(waiting.asked.toolUseID, result.updatedInput);
      waiting.settle(result);
    },
  };
}

interface Question {
  question: string;
  options: { label: string; description?: string }[];
}

function askOf({ tool, input, requestId }: { tool: string; input: ToolInput; requestId: string }): Ask {
  const questions = questionsOf(tool, input);
  const [first] = questions;
  if (!first) return { kind: "ask", requestId, askKind: "tool", title: tool, input };
  const title = questions.map(({ question }) => question).join(" / ");
  // One list of options fits one question; several are all in the input.
  const options = questions.length === 1 ? { options: first.options } : {};
  return { kind: "ask", requestId, askKind: "question", title, input, ...options };
}

/** The model writes them; a question of another shape is asked as a tool. */
function questionsOf(tool: string, input: ToolInput): Question[] {
  if (tool !== questionTool || !Array.isArray(input.questions)) return [];
  return input.questions.flatMap((item: { question?: unknown; options?: unknown }) => {
    if (typeof item?.question !== "string") return [];
    return [{ question: item.question, options: Array.isArray(item.options) ? item.options.flatMap(optionOf) : [] }];
  });
}

function optionOf(option: { label?: unknown; description?: unknown }): Question["options"] {
  if (typeof option?.label !== "string") return [];
  const description = typeof option.description === "string" ? { description: option.description } : {};
  return [{ label: option.label, ...description }];
}

function resultOf({ tool, input, asked }: Pending, decision: AskDecision): PermissionResult {
  if (decision.kind === "deny") return { behavior: "deny", message: decision.message };
  if (decision.kind === "answer") {
    const questions = questionsOf(tool, input).map(({ question }) => question);
    return { behavior: "allow", updatedInput: { ...input, answers: answersTo(questions, decision.answers) } };
  }
  const updatedInput = isRecord(decision.input) ? decision.input : input;
  if (!decision.remember || asked.suppressAlwaysAllowRule) return { behavior: "allow", updatedInput };
  return { behavior: "allow", updatedInput, updatedPermissions: [rememberedRule(tool, asked)] };
}

/** An answer without a question's name answers each question that has no answer of its own. */
function answersTo(questions: readonly string[], answers: Record<string, string>): Record<string, string> {
  const { "": unnamed, ...named } = answers;
  if (unnamed === undefined) return named;
  return { ...Object.fromEntries(questions.map((question) => [question, unnamed])), ...named };
}

/** Only the requested permission: the rules Claude Code proposes for this call, else this tool. Never a mode, a folder or a rule that outlives the session. */
function rememberedRule(tool: string, { suggestions = [] }: Asked): PermissionUpdate {
  const proposed = suggestions.flatMap((update) =>
    update.type === "addRules" && update.behavior === "allow" ? update.rules : [],
  );
  const rules = proposed.length > 0 ? proposed : [{ toolName: tool }];
  return { type: "addRules", rules, behavior: "allow", destination: "session" };
}

function isRecord(value: unknown): value is ToolInput {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
