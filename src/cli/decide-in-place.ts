import { ProblemError } from "../client/errors.js";
import { actionsOf } from "../core/room/gate.js";
import { askLine } from "./ask.js";
import type { Context, RoomAccess } from "./command.js";
import { answerOneByOne } from "./commands/answer.js";
import { checkEdited, confirmEdited } from "./commands/decide.js";
import { gatesOf } from "./commands/gates.js";
import { type DecisionDraft, sendDecision } from "./decide-gate.js";
import { editText } from "./edit-text.js";
import { RefusedError, UsageError } from "./errors.js";
import { gateKeyOf, keysOfGate } from "./gate-keys.js";
import type { KeyReader } from "./key-reader.js";
import { dim } from "./screen.js";
import { decidableGate, printGate, type ShownGate } from "./show-gate.js";
import { printDiffs } from "./show-push.js";

/** A person at the keys of a terminal, in one room. */
export interface AtKeys {
  context: Context;
  keys: KeyReader;
  /** The room under the token with which this person speaks. */
  speaker(): Promise<RoomAccess>;
}

/**
 * Shows the open gates one after another, each in full, and decides them by keys, until none waits or the person leaves. Each decision has the hash of what was
 * shown. What the server or the person refuses is said, and the gate stays.
 */
export async function decideInPlace(at: AtKeys): Promise<void> {
  const { screen } = at.context;
  const seen = new Set<string>();
  for (;;) {
    const access = await at.speaker();
    const open = await gatesOf(access);
    const gate = open.find(({ gateId }) => !seen.has(gateId));
    if (!gate) {
      screen.line(dim(open.length === 0 ? "Nothing waits for a person here." : "Those were all that wait."));
      return;
    }
    seen.add(gate.gateId);
    const left = await saying(at.context, async () => decideOne(at, { access, gate: decidableGate(gate) }));
    if (left === "leave") return;
  }
}

interface Deciding {
  access: RoomAccess;
  gate: ShownGate;
}

async function decideOne(at: AtKeys, { access, gate }: Deciding): Promise<"leave" | undefined> {
  const { context, keys } = at;
  printGate(context.screen, gate, { full: true, nowMs: context.now() });
  await printDiffs(context, access, gate);
  context.screen.line(dim(keysOfGate(gate)), { indent: 2 });
  for (;;) {
    const meant = gateKeyOf(gate, await keys.next());
    if (meant === undefined) continue;
    if (meant.kind === "leave") return "leave";
    if (meant.kind === "next") return undefined;
    const decision = await saying(context, () => draftOf(at, gate, meant));
    if (decision) {
      await sendDecision(context, { access, gate, decision });
      return undefined;
    }
  }
}

/** Undefined: the person gave it up, and the gate still waits. */
async function draftOf(
  { context, keys }: AtKeys,
  gate: ShownGate,
  meant: Exclude<ReturnType<typeof gateKeyOf>, undefined>,
): Promise<DecisionDraft | undefined> {
  if (meant.kind === "decide") return meant.decision;
  if (meant.kind === "edit") return keys.lend(() => edited(context, gate));
  if (meant.kind === "write") return keys.lend(() => written(context, gate));
  if (meant.kind !== "reason") return undefined;
  const { action } = meant;
  const reason = await keys.lend(() => askLine(context, `Why (Enter: no reason; - to leave it open): `));
  return reason === "-" ? undefined : { action, ...(reason !== "" && { reason }) };
}

async function edited(context: Context, gate: ShownGate): Promise<DecisionDraft> {
  const action = actionsOf[gate.kind].includes("edit") ? "edit" : "allow";
  const body = await editText(context, { text: gate.body, ending: gate.kind === "tool" ? "json" : "txt" });
  checkEdited(gate, body);
  await confirmEdited(context, gate, body);
  return { action, body };
}

async function written(context: Context, gate: ShownGate): Promise<DecisionDraft | undefined> {
  if ((gate.content?.questions ?? []).length > 0) return { action: "answer", ...(await answerOneByOne(context, gate)) };
  const body = await askLine(context, "Your answer (Enter: leave it open): ");
  return body === "" ? undefined : { action: "answer", body };
}

/** What a person or the server refuses is said in the terminal, and does not end it. */
export async function saying<Result>(context: Context, work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError) context.screen.note(`parley: ${error.problem.detail}`);
    else if (error instanceof RefusedError || error instanceof UsageError)
      context.screen.note(`parley: ${error.message}`);
    else throw error;
    return undefined;
  }
}
