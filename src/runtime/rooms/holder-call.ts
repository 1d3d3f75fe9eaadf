import type { Command } from "../../core/room/command.js";
import type { RoomCommit } from "../../core/room/commit.js";
import type { Decision } from "../../core/room/decide/decision.js";
import type { Executed } from "./live.js";
import type { Once } from "./once.js";

/** Commands for one room, in order, as the process that writes it is asked to decide them. */
export interface HolderCall {
  /** Parley's version: another one may know other commands, and is not asked to decide these. */
  parley: string;
  roomId: string;
  /** Version up to which the asking process has the room. */
  afterVersion: number;
  /** Whether the asking process could write the room itself. */
  canHold: boolean;
  /** `commitId` is for the process that is asked, `otherId` for the one that asks. */
  commands: readonly { commitId: string; otherId: string; command: Command; cause?: string }[];
}

/** `elsewhere`: nothing was decided, for this process does not write the room. `commits`: all after the call's version, up to the last result. */
export type HolderAnswer =
  | { kind: "elsewhere" }
  | { kind: "decided"; results: readonly CommandResult[]; commits?: readonly RoomCommit[] };

/** How one command ended. `failed`: the log was not reached, or it is not known whether it took the commit. */
export type CommandResult = { kind: "settled"; executed: Executed } | { kind: "failed" };

/** Whether a signed call has the form of this version. */
export function isHolderCall(value: unknown, parley: string): value is HolderCall {
  const call = value as Partial<HolderCall> | null;
  return typeof call === "object" && call !== null && call.parley === parley && Array.isArray(call.commands);
}

/** Decides a command in this process, even if another one writes its room. Rejects with a `PortError` when the log cannot be asked. */
export type DecideHere = (
  roomId: string,
  command: Command,
  how: { cause?: string; once?: Once },
) => Promise<{ decision: Decision; durable: Promise<Executed> }>;
