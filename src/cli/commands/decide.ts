import type { CliCommand, Context, Typed } from "../command.js";
import { confirm, type DecisionDraft, decisionOptions, reasonOption, sendDecision } from "../decide-gate.js";
import { editText } from "../edit-text.js";
import { RefusedError, UsageError } from "../errors.js";
import { readText } from "../input.js";
import { gateArgument, type Picking, pickToDecide, shownFirst } from "../pick-to-decide.js";
import { printGate, type ShownGate } from "../show-gate.js";
import { answerCommand } from "./answer.js";
import { roomArgument } from "./room.js";

interface Simple extends Picking {
  summary: string;
  question: string;
  options?: CliCommand["options"];
  examples: readonly string[];
  more?(typed: Typed): Partial<DecisionDraft>;
}

function simpleDecision({ summary, question, options, examples, more, ...picking }: Simple): CliCommand {
  return {
    path: [picking.command],
    summary,
    details: shownFirst,
    arguments: [roomArgument, gateArgument],
    options: { ...options, ...decisionOptions },
    examples,
    async run(context, typed) {
      const { access, gate, confirmed, action } = await pickToDecide(context, typed, picking);
      if (!confirmed) await confirm(context, question);
      await sendDecision(context, { access, gate, decision: { action, ...more?.(typed) } });
      return undefined;
    },
  };
}

function reasonOf(typed: Typed): { reason?: string } {
  const reason = typed.text("reason");
  return reason === undefined ? {} : { reason };
}

const approve = simpleDecision({
  command: "approve",
  actions: ["approve"],
  summary: "let a held message go out as it is",
  question: "Send this message?",
  examples: ["parley approve demo g-4f1c", "parley approve demo g-4f1c --yes --hash 9f86d081…"],
});

const drop = simpleDecision({
  command: "drop",
  actions: ["drop", "stop"],
  summary: "let nobody have a held message or question; stop what a continue gate holds back",
  question: "Drop it?",
  options: { reason: reasonOption },
  examples: [`parley drop demo g-4f1c --reason "Not before the review."`],
  more: reasonOf,
});

const allow = simpleDecision({
  command: "allow",
  actions: ["allow"],
  summary: "let an agent use a tool as it asked",
  question: "Allow this?",
  options: { remember: { help: "also for the rest of this agent's session" } },
  examples: ["parley allow demo a-7a20", "parley allow demo a-7a20 --remember"],
  more: (typed) => (typed.isOn("remember") ? { remember: "session" } : {}),
});

const deny = simpleDecision({
  command: "deny",
  actions: ["deny"],
  summary: "do not let an agent use a tool",
  question: "Deny this?",
  options: { reason: reasonOption },
  examples: [`parley deny demo a-7a20 --reason "Work on the branch only."`],
  more: reasonOf,
});

const goOn = simpleDecision({
  command: "continue",
  actions: ["continue"],
  summary: "let agents go on that the loop guard or a budget has stopped (else: drop)",
  question: "Let them go on?",
  examples: ["parley continue demo"],
});

const edit: CliCommand = {
  path: ["edit"],
  summary: "change a held message, or a tool's input, and let it go",
  details: `Opens $VISUAL or $EDITOR on the text; the result is shown and confirmed before anything is sent. ${shownFirst}`,
  arguments: [roomArgument, gateArgument],
  options: {
    "body-file": { help: "the new text, instead of the editor; - is standard input", value: "<file>" },
    ...decisionOptions,
  },
  examples: ["parley edit demo g-4f1c", "parley edit demo g-4f1c --body-file new.txt --yes --hash 9f86d081…"],
  async run(context, typed) {
    const file = typed.text("body-file");
    if (typed.isOn("yes") && file === undefined)
      throw new UsageError("In a pipe, edit needs the new text: --body-file <file>.");
    const picked = await pickToDecide(context, typed, { command: "edit", actions: ["edit", "allow"] });
    const { access, gate, confirmed, action } = picked;
    const ending = gate.kind === "tool" ? "json" : "txt";
    const body =
      file === undefined ? await editText(context, { text: gate.body, ending }) : await fileText(context, file);
    checkEdited(gate, body);
    if (!confirmed) await confirmEdited(context, gate, body);
    await sendDecision(context, { access, gate, decision: { action, body } });
    return undefined;
  },
};

async function fileText(context: Context, file: string): Promise<string> {
  return (await readText(context, file)).replace(/\r?\n$/, "");
}

/** Throws a `RefusedError` where an edited text is empty or as it was. */
export function checkEdited(gate: ShownGate, body: string): void {
  if (body.trim() === "")
    throw new RefusedError("The new text is empty; nothing was decided. To send nothing, use parley drop.");
  if (body === gate.body) {
    throw new RefusedError(
      `The text is unchanged; nothing was decided. To let it go as it is, use parley ${gate.kind === "tool" ? "allow" : "approve"}.`,
    );
  }
}

/** Shows what a gate would become, and throws a `RefusedError` unless the person wants that. */
export async function confirmEdited(context: Context, gate: ShownGate, body: string): Promise<void> {
  context.screen.line("It would become:");
  printGate(context.screen, { ...gate, body }, { full: true, nowMs: context.now() });
  await confirm(context, gate.kind === "tool" ? "Allow it with this input?" : "Send this instead?");
}

export const decideCommands: readonly CliCommand[] = [approve, edit, drop, answerCommand, allow, deny, goOn];
