import type { GateView } from "../core/room/view.js";
import { RefusedError, UsageError } from "./errors.js";
import { didYouMean } from "./nearest.js";
import { counted } from "./words.js";

/** The open gate of that id, or the only one whose id begins so; without a name the only one there is. */
export function pickGate(gates: readonly GateView[], wanted: string | undefined): GateView {
  if (gates.length === 0) throw new RefusedError(`${missing(wanted)} Nothing waits for a person in this room.`);
  const exact = gates.find(({ gateId }) => gateId === wanted);
  if (exact) return exact;
  const fits = wanted === undefined ? gates : gates.filter(({ gateId }) => gateId.startsWith(wanted));
  const [first, ...others] = fits;
  if (first && others.length === 0) return first;
  const ids = gates.map(({ gateId }) => gateId);
  if (!first) throw new RefusedError(`${missing(wanted)}${didYouMean(wanted ?? "", ids)} Open: ${ids.join(", ")}.`);
  throw new UsageError(
    `${counted(fits.length, "gate")} fit; say which: ${fits.map(({ gateId }) => gateId).join(", ")}.`,
  );
}

function missing(wanted: string | undefined): string {
  return wanted === undefined ? "" : `No open gate is called “${wanted}”; it may have been decided already.`;
}
