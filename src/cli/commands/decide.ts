import { actionsOf, type GateAction } from "../../core/room/gate.js";
import { askLine } from "../ask.js";
import type { ArgumentSpec, Command, Context, RoomAccess, Typed } from "../command.js";
import {
  checkConfirmation,
  confirm,
  type DecisionDraft,
  decisionOptions,
  isConfirmed,
  reasonOption,
  sendDecision,
} from "../decide-gate.js";
import { editText } from "../edit-text.js";
import { RefusedError, UsageError } from "../errors.js";
import { findRoom } from "../find-room.js";
import { readText } from "../input.js";
import { pickGate } from "../pick-gate.js";
import { commandsFor, decidableGate, printGate, type ShownGate } from "../show-gate.js";
import { gatesOf } from "./gates.js";
import { roomArgument } from "./room.js";

const gateArgument: ArgumentSpec = {
  name: "gate",
  help: "id of the gate, or how it begins; may be left out when one is open",
  optional: true,
};

const shownFirst =
  "The whole text is shown before you are asked. In a pipe nobody can be asked: there --yes and --hash are needed, " +
  "so that what is decided is what was looked at.";

/** A gate that was picked and, on a terminal, shown in full. */
interface Picked {
  access: RoomAccess;
  gate: ShownGate;
  confirmed: boolean;
}

interface Picking {
  /** The first that fits the kind is taken. */
  actions: readonly GateAction[];
  command: string;
}

async function pick(
  context: Context,
  typed: Typed,
  { actions, command }: Picking,
): Promise<Picked & { action: GateAction }> {
  checkConfirmation(context, typed);
  const access = await findRoom(context, typed.argument("room"));
  const gate = decidableGate(pickGate(await gatesOf(access), typed.optionalArgument("gate")));
  const action = actions.find((candidate) => actionsOf[gate.kind].includes(candidate));
  if (!action) {
    throw new UsageError(
      `Gate ${gate.gateId} is a ${gate.kind} gate: ${command} does not fit. Use ${commandsFor(gate.kind).join(", ")}.`,
    );
  }
  const confirmed = isConfirmed(context, typed, gate);
  if (!confirmed) printGate(context.screen, gate, { full: true, nowMs: context.now() });
  return { access, gate, confirmed, action };
}

interface Simple extends Picking {
  summary: string;
  question: string;
  options?: Command["options"];
  examples: readonly string[];
  more?(typed: Typed): Partial<DecisionDraft>;
}

function simpleDecision({ summary, question, options, examples, more, ...picking }: Simple): Command {
  return {
    path: [picking.command],
    summary,
    details: shownFirst,
    arguments: [roomArgument, gateArgument],
    options: { ...options, ...decisionOptions },
    examples,
    async run(context, typed) {
      const { access, gate, confirmed, action } = await pick(context, typed, picking);
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

const edit: Command = {
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
    const picked = await pick(context, typed, { command: "edit", actions: ["edit", "allow"] });
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

function checkEdited(gate: ShownGate, body: string): void {
  if (body.trim() === "")
    throw new RefusedError("The new text is empty; nothing was decided. To send nothing, use parley drop.");
  if (body === gate.body) {
    throw new RefusedError(
      `The text is unchanged; nothing was decided. To let it go as it is, use parley ${gate.kind === "tool" ? "allow" : "approve"}.`,
    );
  }
}

async function confirmEdited(context: Context, gate: ShownGate, body: string): Promise<void> {
  context.screen.line("It would become:");
  printGate(context.screen, { ...gate, body }, { full: true, nowMs: context.now() });
  await confirm(context, gate.kind === "tool" ? "Allow it with this input?" : "Send this instead?");
}

const answer: Command = {
  path: ["answer"],
  summary: "answer an agent's question",
  details: `An answer that is the number of an option stands for that option. ${shownFirst}`,
  arguments: [
    roomArgument,
    gateArgument,
    { name: "text", help: "the answer; without it you are asked", optional: true, rest: true },
  ],
  options: decisionOptions,
  examples: ["parley answer demo", `parley answer demo a-51bd "Use PostgreSQL."`, "parley answer demo a-51bd 2"],
  async run(context, typed) {
    const picked = await pick(context, typed, { command: "answer", actions: ["answer"] });
    const { access, gate, confirmed, action } = picked;
    const given = typed.rest("text").join(" ");
    if (given === "" && confirmed) throw new UsageError("In a pipe, answer needs the answer behind the gate's id.");
    const typedAnswer = given === "" ? await askLine(context, "Your answer: ") : given;
    const body = chosen(gate, typedAnswer);
    if (body.trim() === "")
      throw new RefusedError("The answer is empty; nothing was sent and the question still waits.");
    if (!confirmed && given !== "") await confirmAnswer(context, body);
    await sendDecision(context, { access, gate, decision: { action, body } });
    return undefined;
  },
};

/** The label of an option where its number was typed. */
function chosen(gate: ShownGate, text: string): string {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  return gate.options?.[number - 1]?.label ?? text;
}

async function confirmAnswer(context: Context, body: string): Promise<void> {
  context.screen.line(["Answer: ", body], { hang: 8 });
  await confirm(context, "Send it?");
}

export const decideCommands: readonly Command[] = [approve, edit, drop, answer, allow, deny, goOn];
