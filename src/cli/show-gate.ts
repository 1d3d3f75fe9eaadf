import { createHash } from "node:crypto";
import type { GateKind } from "../core/room/event.js";
import { gateKinds } from "../core/room/event.js";
import { actionsOf, gateHash } from "../core/room/gate.js";
import type { GateView } from "../core/room/view.js";
import { RefusedError } from "./errors.js";
import { commandOfAction } from "./gate-words.js";
import { fileText } from "./room-files.js";
import { dim, type Screen, styled } from "./screen.js";
import { hasHidden } from "./visible.js";
import { counted, durationText, recipientsText } from "./words.js";

/** A gate all of which can be shown, so that a person may decide on it. */
export interface ShownGate extends GateView {
  kind: GateKind;
  body: string;
  hash: string;
}

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

/**
 * The gate in decidable form. Refuses a gate that cannot be shown whole: a text this person may not see, an unknown kind, a hash that does not match
 * the content.
 */
export function decidableGate(gate: GateView): ShownGate {
  const { gateId, kind, body, hash } = gate;
  if (body === undefined || hash === undefined) {
    throw new RefusedError(
      `You may not see what gate ${gateId} holds, so you cannot decide it. Nothing was decided; ask an approver or the owner.`,
    );
  }
  if (!isKnownKind(kind)) {
    throw new RefusedError(
      `Gate ${gateId} is of the kind “${kind}”, which this version of parley cannot show. Nothing was decided; use a newer one.`,
    );
  }
  if (gateHash({ ...gate, kind, body }, sha256) !== hash) {
    throw new RefusedError(
      `What the server sent of gate ${gateId} is not what its hash stands for. Nothing was decided; look again with parley gates.`,
    );
  }
  return { ...gate, kind, body, hash };
}

function isKnownKind(kind: string): kind is GateKind {
  return gateKinds.some((known) => known === kind);
}

/** Commands that decide a gate of this kind, without repetition. */
export function commandsFor(kind: GateKind): string[] {
  return [...new Set([...actionsOf[kind].map(commandOfAction), ...(kind === "tool" ? ["edit"] : [])])];
}

const previewLines = 8;

/** Prints a gate; with `full` all of its text, as a decision requires. */
export function printGate(screen: Screen, gate: GateView, { full, nowMs }: { full: boolean; nowMs: number }): void {
  const { gateId, kind, from, to, body, options, why, tool, expiresAt } = gate;
  const target = to === undefined ? "" : ` ${screen.symbols.arrow} ${recipientsText(to)}`;
  const toolName = tool === undefined ? "" : ` (${tool})`;
  const age = `, for ${durationText(nowMs - gate.openedAt)}`;
  const expiry = expiresAt === undefined ? "" : `, dropped in ${durationText(expiresAt - nowMs)}`;
  screen.line([
    styled("gate", `${screen.symbols.gate} ${kind} gate ${gateId}`),
    ` of ${from}${toolName}${target}`,
    dim(age + expiry),
  ]);
  if (why) screen.line(dim(why), { indent: 2 });
  if (body === undefined) {
    screen.line("You may not see what it holds; an approver or the owner decides.", { indent: 2 });
    return;
  }
  const lines = body.split("\n");
  const shown = full ? lines : lines.slice(0, previewLines);
  screen.line(shown.join("\n"), { indent: 2, bar: true });
  if (shown.length < lines.length)
    screen.line(dim(`${counted(lines.length - shown.length, "more line")} not shown here`), { indent: 2 });
  for (const [at, option] of (options ?? []).entries()) {
    const description = option.description ? dim(`  ${option.description}`) : "";
    screen.line([`${at + 1}. ${option.label}`, description], { indent: 2, hang: 3 });
  }
  printQuestionHint(screen, gate);
  for (const file of gate.content?.attachments ?? []) screen.line(`file ${fileText(file)}`, { indent: 2, hang: 5 });
  if (full && hasHidden(body)) {
    screen.line(
      styled("warn", "It holds characters that cannot be seen or would steer a terminal; they are shown as escapes."),
      {
        indent: 2,
      },
    );
  }
}

/** What names each question of several in `answer`. */
function printQuestionHint(screen: Screen, { content }: GateView): void {
  const questions = content?.questions ?? [];
  if (questions.length === 0) return;
  const named = questions.map(({ id, options }) => (options.length > 0 ? `--choose ${id}=…` : `--text ${id}=…`));
  screen.line(dim(`answer with ${named.join(" ")}`), { indent: 2 });
}
