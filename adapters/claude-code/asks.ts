import type { CanUseTool, PermissionResult, PermissionUpdate } from "@anthropic-ai/claude-agent-sdk";
import type { AskDecision, Output } from "../../src/ports/agents.js";
import {
  type AskedQuestion,
  answersToQuestions,
  askedQuestions,
  askOfQuestions,
  questionTool,
} from "../kit/ask-questions.js";

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
        const withdraw = () => {
          if (!pending.has(requestId)) return;
          emit({ kind: "askWithdrawn", requestId });
          settle({ behavior: "deny", message: "The question was withdrawn." });
        };
        signal.addEventListener("abort", withdraw);
        emit(askOf({ tool, input, requestId }));
        // An event that was is not sent again.
        if (signal.aborted) withdraw();
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

function askOf({ tool, input, requestId }: { tool: string; input: ToolInput; requestId: string }): Ask {
  const questions = questionsOf(tool, input);
  if (questions.length > 0) return askOfQuestions(questions, { requestId, input });
  return { kind: "ask", requestId, askKind: "tool", title: tool, input };
}

const questionsOf = (tool: string, input: ToolInput): AskedQuestion[] =>
  tool === questionTool ? askedQuestions(input) : [];

function resultOf({ tool, input, asked }: Pending, decision: AskDecision): PermissionResult {
  if (decision.kind === "deny") return { behavior: "deny", message: decision.message };
  if (decision.kind === "answer") {
    return { behavior: "allow", updatedInput: { ...input, ...answerMembers(questionsOf(tool, input), decision) } };
  }
  const updatedInput = isRecord(decision.input) ? decision.input : input;
  if (!decision.remember || asked.suppressAlwaysAllowRule) return { behavior: "allow", updatedInput };
  return { behavior: "allow", updatedInput, updatedPermissions: [rememberedRule(tool, asked)] };
}

/**
 * The members of the tool's input that hold people's answers (`AskUserQuestionInput` and `AskUserQuestionOutput` of the Agent SDK): `answers` by the text of the
 * question; `annotations`, whose notes the model reads behind the option that was chosen; `response`, words that answer no question by its name. Claude Code
 * tells the model `response` alone where it is there, so what was chosen stands in it too.
 */
function answerMembers(
  questions: readonly AskedQuestion[],
  decision: Extract<AskDecision, { kind: "answer" }>,
): ToolInput {
  const { answers, notes, unnamed } = answersToQuestions(questions, decision);
  const annotations = Object.fromEntries(Object.entries(notes).map(([question, text]) => [question, { notes: text }]));
  if (unnamed === undefined) return { answers, ...(Object.keys(notes).length > 0 && { annotations }) };
  const chosen = Object.entries(answers).map(([question, answer]) => {
    const note = notes[question];
    return `"${question}"="${answer}"${note === undefined ? "" : ` notes: ${note}`}`;
  });
  return { answers, response: [...chosen, unnamed].join("\n") };
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
