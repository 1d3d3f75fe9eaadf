import type { Lease, LeaseAnswer } from "../../ports/leases.js";

/** The writer of a room, as far as this process knows. Immutable: each function returns the next value. Times are monotonic ms. */
export type KnownHolder =
  /** This process, until its lease ends. `guest`: the only process that sent commands since the last local one, and how many it sent. */
  | { kind: "here"; lease: Lease; askAgainAtMs: number; guest?: { node: string; commands: number } }
  | { kind: "there"; node: string; askAgainAtMs: number }
  | { kind: "unknown"; askAgainAtMs: number };

/** A lease in use is extended after this time. It lasts at least 8 s. */
const extendAfterMs = 3_000;
/** How long the answer that another process holds the lease is trusted. */
const believeMs = 2_000;
/** Delay before asking for the lease again when Redis did not know its holder, or the holder did not answer. */
const lookAgainMs = 1_000;
/** After this many commands in a row from one other process, with no local one, that process had better write the room. */
const maxGuestCommands = 64;

/** The state after the lease store answered. */
export function holderIn(answer: LeaseAnswer, nowMs: number): KnownHolder {
  if (answer.kind === "held") return { kind: "here", lease: answer.lease, askAgainAtMs: nowMs + extendAfterMs };
  if (answer.kind === "elsewhere") return { kind: "there", node: answer.node, askAgainAtMs: nowMs + believeMs };
  return { kind: "unknown", askAgainAtMs: nowMs + lookAgainMs };
}

/** The process that was asked did not answer or no longer holds the lease. The room has no known writer for a moment. */
export function holderGone(nowMs: number): KnownHolder {
  return { kind: "unknown", askAgainAtMs: nowMs + lookAgainMs };
}

/** Whether the lease store has to be asked before the room's writer is known. */
export function hasToAsk(known: KnownHolder | undefined, nowMs: number): boolean {
  if (known?.kind === "here") return !known.lease.isHeld();
  return known === undefined || known.askAgainAtMs <= nowMs;
}

/** Whether a held lease should be extended in the background. */
export function isToExtend(known: KnownHolder, nowMs: number): boolean {
  return known.kind === "here" && known.askAgainAtMs <= nowMs;
}

/** Replaces an extended lease and keeps what is known about its guests. */
export function extended(known: KnownHolder | undefined, answer: LeaseAnswer, nowMs: number): KnownHolder {
  const next = holderIn(answer, nowMs);
  return next.kind === "here" && known?.kind === "here" && known.guest ? { ...next, guest: known.guest } : next;
}

/** Notes a command of this process, which resets the guest. */
export function afterOwnCommand(known: KnownHolder): KnownHolder {
  if (known.kind !== "here" || !known.guest) return known;
  const { guest: _guest, ...rest } = known;
  return rest;
}

/** Notes commands that another process handed over. `isToGive`: only that process has commands for the room, so it should write the room itself. */
export function afterGuestCommands(
  known: KnownHolder,
  { node, count }: { node: string; count: number },
): { next: KnownHolder; isToGive: boolean } {
  if (known.kind !== "here") return { next: known, isToGive: false };
  const before = known.guest?.node === node ? known.guest.commands : 0;
  const commands = before + count;
  return { next: { ...known, guest: { node, commands } }, isToGive: commands >= maxGuestCommands };
}
