import { actionsOf, type GateAction } from "../core/room/gate.js";
import type { ArgumentSpec, Context, RoomAccess, Typed } from "./command.js";
import { gatesOf } from "./commands/gates.js";
import { checkConfirmation, isConfirmed } from "./decide-gate.js";
import { UsageError } from "./errors.js";
import { findRoom } from "./find-room.js";
import { pickGate } from "./pick-gate.js";
import { commandsFor, decidableGate, printGate, type ShownGate } from "./show-gate.js";
import { printDiffs } from "./show-push.js";

/** The gate of a deciding command. */
export const gateArgument: ArgumentSpec = {
  name: "gate",
  help: "id of the gate, or how it begins; may be left out when one is open",
  optional: true,
};

/** How a decision is confirmed, for the help of a command. */
export const shownFirst =
  "The whole text is shown before you are asked. In a pipe nobody can be asked: there --yes and --hash are needed, " +
  "so that what is decided is what was looked at.";

/** A gate that was picked and, on a terminal, shown in full. */
export interface Picked {
  access: RoomAccess;
  gate: ShownGate;
  confirmed: boolean;
}

/** Which gates a command decides, and how. */
export interface Picking {
  /** The first that fits the kind is taken. */
  actions: readonly GateAction[];
  command: string;
}

/**
 * The gate a command is about, shown in full unless the decision was confirmed beforehand. Throws a `UsageError` where the command does not fit the gate, or a
 * confirmation is missing.
 */
export async function pickToDecide(
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
  if (!confirmed) {
    printGate(context.screen, gate, { full: true, nowMs: context.now() });
    await printDiffs(context, access, gate);
  }
  return { access, gate, confirmed, action };
}
