import type { DecisionBody } from "../protocol/gates.js";
import { askYes, canAsk } from "./ask.js";
import type { Context, OptionSpec, RoomAccess, Typed } from "./command.js";
import { RefusedError, UsageError } from "./errors.js";
import type { ShownGate } from "./show-gate.js";
import { safeJson } from "./visible.js";

/** Arguments of every deciding command. */
export const decisionOptions: Readonly<Record<string, OptionSpec>> = {
  yes: { help: "do not ask; only together with --hash" },
  hash: { help: "hash of what you decide on, as gates --json shows it", value: "<hash>" },
};

export const reasonOption: OptionSpec = { help: "why, for the agent", value: "<text>" };

/** Members of the request besides the hash. */
export type DecisionDraft = Omit<DecisionBody, "hash">;

/**
 * Whether the decision was confirmed beforehand with `--yes --hash`. Throws a `UsageError` if that is required (no terminal) and missing, and refuses
 * a hash that is not the shown gate's.
 */
export function isConfirmed(context: Context, typed: Typed, gate: Pick<ShownGate, "gateId" | "hash">): boolean {
  const hash = typed.text("hash");
  if (!typed.isOn("yes") && hash === undefined) return false;
  if (hash !== gate.hash) {
    throw new RefusedError(
      `Gate ${gate.gateId} does not hold what your --hash stands for. Nothing was decided; look at it again with parley gates.`,
    );
  }
  if (!typed.isOn("yes") && !canAsk(context)) throw new UsageError(needsBoth);
  return typed.isOn("yes");
}

const needsBoth =
  "Nobody can be asked here (this is not a terminal), so --yes and --hash are both needed; gates --json shows the hash. Nothing was decided.";

/** Checked before anything is asked of the server. */
export function checkConfirmation(context: Context, typed: Typed): void {
  const hasHash = typed.text("hash") !== undefined;
  if (typed.isOn("yes") && !hasHash) {
    throw new UsageError(
      "--yes goes only together with --hash, so that what is decided is what you saw; gates --json shows it.",
    );
  }
  if (!canAsk(context) && !(typed.isOn("yes") && hasHash)) throw new UsageError(needsBoth);
}

export async function confirm(context: Context, question: string): Promise<void> {
  if (await askYes(context, question)) return;
  throw new RefusedError("Nothing was decided; the gate still waits.");
}

interface Sending {
  access: RoomAccess;
  gate: ShownGate;
  decision: DecisionDraft;
}

export async function sendDecision(context: Context, { access, gate, decision }: Sending): Promise<void> {
  const answer = await access.api.call("decideGate", {
    parts: { id: access.roomId, gateId: gate.gateId },
    body: { ...decision, hash: gate.hash },
  });
  if (context.json) context.screen.json(safeJson(answer));
  else context.screen.line(`Gate ${gate.gateId}: ${answer.outcome} by ${answer.by}, version ${answer.version}.`);
}
