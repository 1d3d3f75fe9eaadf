import { parseFrames } from "../../../../src/core/grammar/frame.js";
import { type AgentDriver, ASKED, deny } from "../../../contract/agent-driver.js";
import type { Script, Step, ToolCall } from "../../../emulators/anthropic/script.js";
import type { ScriptInput } from "../../../emulators/anthropic/script-input.js";

/** Bodies of messages this model obeys; all but `crash` of a driver. */
export const commands: Omit<AgentDriver, "crash"> = {
  say: (text) => `say ${text}`,
  stream: (text) => `stream ${text}`,
  work: () => "work",
  askTool: () => "ask tool",
  askQuestion: () => "ask question",
  fail: () => "fail",
  hang: () => "hang",
};

/** Uses a tool, then says `done`. */
export const use = (tool: string, input: ToolCall["input"]): string => `use ${tool} ${JSON.stringify(input)}`;

/** Asks people these questions with Claude Code's own tool, then says in quotes what it was told they answered. */
export const askThese = (questions: readonly object[]): string => `ask these ${JSON.stringify(questions)}`;

type Answer = (input: ScriptInput) => Step;

const bash = (command: string): ToolCall => ({ tool: "Bash", input: { command } });

const lastResult = (input: ScriptInput) => input.results.at(-1)?.text ?? "";

const wasDenied = (input: ScriptInput): boolean => lastResult(input).includes(deny.message);

const question = {
  question: ASKED.question,
  header: "Format",
  multiSelect: false,
  options: ASKED.options.map((label) => ({ label, description: `as ${label}` })),
};

const chosen = (input: ScriptInput): string => /"="([^"]*)"/.exec(lastResult(input))?.[1] ?? "nothing";

/** The answers to one message, one after the other. */
function answersTo(body: string): Answer[] {
  const [verb = "", ...words] = body.split(" ");
  const rest = words.join(" ");
  if (verb === "say") return [() => ({ text: rest })];
  if (verb === "stream") return [() => ({ text: rest, chunkChars: 6, chunkMs: 5 })];
  if (verb === "work") return [() => ({ tools: [bash("echo working")] }), () => ({ text: "done" })];
  if (verb === "fail") return [() => ({ text: "never said", faults: [{ kind: "status", status: 403 }] })];
  if (verb === "hang") return [() => ({ text: "never said", delayMs: 600_000 })];
  if (verb === "use") {
    const { tool = "", input = "{}" } = /^(?<tool>\S+) (?<input>.*)$/s.exec(rest)?.groups ?? {};
    return [() => ({ tools: [{ tool, input: JSON.parse(input) }] }), () => ({ text: "done" })];
  }
  if (body === "ask tool") {
    return [
      () => ({ tools: [bash(ASKED.input.command)] }),
      (input) => ({ text: wasDenied(input) ? "it was denied" : ASKED.whenAllowed }),
    ];
  }
  if (body.startsWith("ask these ")) {
    const questions = JSON.parse(body.slice("ask these ".length)) as object[];
    return [
      () => ({ tools: [{ tool: "AskUserQuestion", input: { questions } }] }),
      (input) => ({ text: `told: ${lastResult(input)}` }),
    ];
  }
  if (body === "ask question") {
    return [
      () => ({ tools: [{ tool: "AskUserQuestion", input: { questions: [question] } }] }),
      (input) => ({ text: wasDenied(input) ? "nobody answered" : `${ASKED.whenAnswered}${chosen(input)}` }),
    ];
  }
  return [];
}

/** Goes on with the next message of the same prompt: a text alone would end the turn. */
const andGoOn =
  (answer: Answer): Answer =>
  (input) => {
    const step = answer(input);
    return step.tools ? step : { ...step, tools: [bash("echo next")] };
  };

/** A model that follows the instructions in the messages of a prompt, one after the other. */
export const obedientModel: Script = (input) => {
  const all = parseFrames(input.prompt).map(({ body }) => body);
  // A prompt that was never answered, because its call failed or was stopped, comes again together with the next.
  const bodies = all.filter((body, index) => !["fail", "hang"].includes(body) || index === all.length - 1);
  const answers = bodies.flatMap((body, index) => {
    const own = answersTo(body);
    return index === bodies.length - 1 ? own : own.map(andGoOn);
  });
  return answers[input.step]?.(input);
};
