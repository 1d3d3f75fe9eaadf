/** How much an agent may still write to its journal and its room, besides messages and requests, which the room counts itself. Immutable. */
export interface TurnAllowance {
  /** Id of the current turn; empty before the first. */
  readonly turnId: string;
  /** Bytes of JSON written to the journal in this turn. */
  readonly turnBytes: number;
  /** Notices and usage reports sent to the room in this turn. */
  readonly told: number;
  /** The current hour, as hours since the Unix epoch. */
  readonly hour: number;
  /** Bytes of JSON written to the journal in this hour. */
  readonly hourBytes: number;
  /** Whether the record of this turn has been closed. */
  readonly isFull: boolean;
}

/** `closes`: the first entry that does not fit. A sentence that ends the turn's record takes its place. */
export type Admission = "keep" | "closes" | "drop";

/** Most bytes of JSON in the journal per turn. */
export const maxTurnBytes = 16 * 1_024 * 1_024;
/** Most bytes of JSON in the journal per hour, over all turns: a sandbox may begin turns by itself. */
export const maxHourBytes = 64 * 1_024 * 1_024;
/** Most notices and usage reports per turn. */
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

/** The allowance for this turn and hour, with the counts of earlier ones reset. */
function at(allowance: TurnAllowance, { turnId, nowMs }: { turnId: string; nowMs: number }): TurnAllowance {
  const hour = Math.floor(nowMs / hourMs);
  const inHour = hour === allowance.hour ? allowance : { ...allowance, hour, hourBytes: 0 };
  return turnId === inHour.turnId ? inHour : { ...inHour, turnId, turnBytes: 0, told: 0, isFull: false };
}

/** Whether the journal accepts an entry of `bytes`. After the first that does not fit, the turn writes nothing further, so that the record has no gaps before its end. */
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

/** Whether the room accepts one more notice or usage report. `closes`: the last one, replaced by a notice about the limit. */
export function admitTelling(
  before: TurnAllowance,
  when: { turnId: string; nowMs: number },
): { allowance: TurnAllowance; admission: Admission } {
  const allowance = at(before, when);
  const told = allowance.told + 1;
  if (told > maxToldPerTurn) return { allowance, admission: "drop" };
  return { allowance: { ...allowance, told }, admission: told === maxToldPerTurn ? "closes" : "keep" };
}
