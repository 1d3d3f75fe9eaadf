import type { Command } from "../../core/room/command.js";
import type { RoomCommit } from "../../core/room/commit.js";
import type { Decision } from "../../core/room/decide/decision.js";
import type { Executed } from "./live.js";
import type { Once } from "./once.js";

/** Commands for one room, in order, sent to the process that writes it. */
export interface HolderCall {
  /** Parley's version. A process of another version may know other commands, so it is not asked to decide these. */
  parley: string;
  roomId: string;
  /** Version of the room that the asking process has. */
  afterVersion: number;
  /** Whether the asking process could write the room itself. */
  canHold: boolean;
  /** `commitId` is used if the asked process decides it, `otherId` if the asking one does. */
  commands: readonly { commitId: string; otherId: string; command: Command; cause?: string }[];
}

/** `elsewhere`: nothing was decided, because this process does not write the room. `commits`: all after the call's version, up to the last result. */
export type HolderAnswer =
  | { kind: "elsewhere" }
  | { kind: "decided"; results: readonly CommandResult[]; commits?: readonly RoomCommit[] };

/** Result of one command. `failed`: the log could not be reached, or it is unknown whether it took the commit. */
export type CommandResult = { kind: "settled"; executed: Executed } | { kind: "failed" };

/** Whether the body of a signed call has the shape that this version reads. */
export function isHolderCall(value: unknown, parley: string): value is HolderCall {
  const call = value as Partial<HolderCall> | null;
  return typeof call === "object" && call !== null && call.parley === parley && Array.isArray(call.commands);
}

/** Decides a command in this process, even if another one writes its room. Rejects with a `PortError` when the log cannot be reached. */
export type DecideHere = (
  roomId: string,
  command: Command,
  how: { cause?: string; once?: Once },
) => Promise<{ decision: Decision; durable: Promise<Executed> }>;
