/** What an agent may still put into its journal and into its room, besides messages and requests, which the room counts itself. A value. */
export interface TurnAllowance {
  /** The turn that is counted; empty before the first. */
  readonly turnId: string;
  /** Bytes of JSON the journal took in this turn. */
  readonly turnBytes: number;
  /** Notices and reports of usage the room took in this turn. */
  readonly told: number;
  /** The hour that is counted: Unix ms divided by its length. */
  readonly hour: number;
  /** Bytes of JSON the journal took in this hour. */
  readonly hourBytes: number;
  /** The agent's record of this turn was closed. */
  readonly isFull: boolean;
}

/** `closes`: the first entry that does not fit; the record of the turn ends with a sentence in its place. */
export type Admission = "keep" | "closes" | "drop";

/** Of one turn in the journal, bytes of JSON. */
export const maxTurnBytes = 16 * 1_024 * 1_024;
/** Of all turns that begin or go on in one hour, bytes of JSON: a sandbox may begin turns by itself. */
export const maxHourBytes = 64 * 1_024 * 1_024;
/** Notices and reports of usage of one turn. */
const maxToldPerTurn = 500;
const hourMs = 3_600_000;

export const freshAllowance: TurnAllowance = {
  turnId: "",
  turnBytes: 0,
  told: 0,
  hour: 0,
  hourBytes: 0,
  isFull: false,
};

/** The same allowance for this turn and hour: what another one took does not count. */
function at(allowance: TurnAllowance, { turnId, nowMs }: { turnId: string; nowMs: number }): TurnAllowance {
  const hour = Math.floor(nowMs / hourMs);
  const inHour = hour === allowance.hour ? allowance : { ...allowance, hour, hourBytes: 0 };
  return turnId === inHour.turnId ? inHour : { ...inHour, turnId, turnBytes: 0, told: 0, isFull: false };
}

/** Whether the journal takes an entry of `bytes`. Once one did not fit, none of that turn does: a record without gaps says where it ends. */
export function admitEntry(
  before: TurnAllowance,
  { bytes, ...when }: { turnId: string; nowMs: number; bytes: number },
): { allowance: TurnAllowance; admission: Admission } {
  const allowance = at(before, when);
  if (allowance.isFull) return { allowance, admission: "drop" };
  const [turnBytes, hourBytes] = [allowance.turnBytes + bytes, allowance.hourBytes + bytes];
  if (turnBytes > maxTurnBytes || hourBytes > maxHourBytes)
    return { allowance: { ...allowance, isFull: true }, admission: "closes" };
  return { allowance: { ...allowance, turnBytes, hourBytes }, admission: "keep" };
}

/** Whether the room takes one more notice or report of usage. `closes`: the last one, in whose place the room is told. */
export function admitTelling(
  before: TurnAllowance,
  when: { turnId: string; nowMs: number },
): { allowance: TurnAllowance; admission: Admission } {
  const allowance = at(before, when);
  const told = allowance.told + 1;
  if (told > maxToldPerTurn) return { allowance, admission: "drop" };
  return { allowance: { ...allowance, told }, admission: told === maxToldPerTurn ? "closes" : "keep" };
}
