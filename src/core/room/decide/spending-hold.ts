import type { CommandOf } from "../command.js";
import type { Room } from "../room.js";
import { accept, type Decision } from "./decision.js";

/** Tells the room once when something begins to keep its agents from calling the model, and once when nothing does any more. */
export function decideSpendingNotify(room: Room, { hold, overText }: CommandOf<"spending.notify">): Decision {
  if (room.status === "none" || room.status === "closed" || hold?.id === room.spendingHold?.id) return accept();
  return hold
    ? accept({ type: "notice.posted", text: hold.text, severity: "warning", spendingHold: hold.id })
    : accept({ type: "notice.posted", text: overText, severity: "info", spendingHold: "" });
}

/** Warns the room of limits of which little is left, of each once. */
export function decideSpendingWarn(room: Room, { warnings }: CommandOf<"spending.warn">): Decision {
  if (room.status === "none" || room.status === "closed") return accept();
  const due = warnings.filter(({ id }) => !room.spendingWarned?.includes(id));
  return accept(
    ...due.map(({ id, text }) => ({ type: "notice.posted", text, severity: "warning", spendingWarning: id }) as const),
  );
}
