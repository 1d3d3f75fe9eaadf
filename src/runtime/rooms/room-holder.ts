import type { Lease, LeaseAnswer } from "../../ports/leases.js";

/** Who writes a room, as this process last heard. A value: each function gives the next one and changes nothing. */
export type KnownHolder =
  /** This process, until its lease ends. `guest`: the process whose commands alone came since the last one from here, and how many there were. */
  | { kind: "here"; lease: Lease; askAgainAtMs: number; guest?: { node: string; commands: number } }
  | { kind: "there"; node: string; askAgainAtMs: number }
  | { kind: "unknown"; askAgainAtMs: number };

/** A lease that is used is extended after this; it lasts for 8 s at least. */
const extendAfterMs = 3_000;
/** Another process's lease is believed for this long. */
const believeMs = 2_000;
/** The lease is asked for again after this when Redis did not know its holder, or the holder did not answer. */
const lookAgainMs = 1_000;
/** Commands of one other process without one from here, after which the room is better written there. */
const maxGuestCommands = 64;

/** What an answer about a room's lease says. */
export function holderIn(answer: LeaseAnswer, nowMs: number): KnownHolder {
  if (answer.kind === "held") return { kind: "here", lease: answer.lease, askAgainAtMs: nowMs + extendAfterMs };
  if (answer.kind === "elsewhere") return { kind: "there", node: answer.node, askAgainAtMs: nowMs + believeMs };
  return { kind: "unknown", askAgainAtMs: nowMs + lookAgainMs };
}

/** The process that was asked did not answer, or is not the holder any more: nobody is, for a moment. */
export function holderGone(nowMs: number): KnownHolder {
  return { kind: "unknown", askAgainAtMs: nowMs + lookAgainMs };
}

/** Whether the lease has to be asked for before it is known who writes the room. */
export function hasToAsk(known: KnownHolder | undefined, nowMs: number): boolean {
  if (known?.kind === "here") return !known.lease.isHeld();
  return known === undefined || known.askAgainAtMs <= nowMs;
}

/** Whether a lease that is still held should be extended beside the work. */
export function isToExtend(known: KnownHolder, nowMs: number): boolean {
  return known.kind === "here" && known.askAgainAtMs <= nowMs;
}

/** An extended lease keeps what is known of its guests. */
export function extended(known: KnownHolder | undefined, answer: LeaseAnswer, nowMs: number): KnownHolder {
  const next = holderIn(answer, nowMs);
  return next.kind === "here" && known?.kind === "here" && known.guest ? { ...next, guest: known.guest } : next;
}

/** A command of this process itself. */
export function afterOwnCommand(known: KnownHolder): KnownHolder {
  if (known.kind !== "here" || !known.guest) return known;
  const { guest: _guest, ...rest } = known;
  return rest;
}

/** Commands that another process handed over. `isToGive`: only that process has commands for the room, so that it had better write it itself. */
export function afterGuestCommands(
  known: KnownHolder,
  { node, count }: { node: string; count: number },
): { next: KnownHolder; isToGive: boolean } {
  if (known.kind !== "here") return { next: known, isToGive: false };
  const before = known.guest?.node === node ? known.guest.commands : 0;
  const commands = before + count;
  return { next: { ...known, guest: { node, commands } }, isToGive: commands >= maxGuestCommands };
}
