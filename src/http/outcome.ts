import type { Command } from "../core/room/command.js";
import type { RoomEvent } from "../core/room/event.js";
import type { Executed } from "../runtime/rooms/live.js";
import type { AppContext, AppDeps } from "./deps.js";
import { rejected } from "./problem.js";

export interface Done {
  version: number;
  events: readonly RoomEvent[];
  messageId?: string;
}

/** Carries out a command; what the room refuses becomes a problem. `version` is the room's own where nothing had to be done. */
export async function carryOut(
  c: AppContext,
  deps: AppDeps,
  { roomId, command }: { roomId: string; command: Command },
): Promise<Done> {
  const executed = await deps.rooms.execute(roomId, command, { cause: c.get("requestId") });
  return doneOrProblem(deps, { roomId, executed });
}

/** The result of a command; throws the problem if the room refused it. */
export async function doneOrProblem(
  deps: AppDeps,
  { roomId, executed }: { roomId: string; executed: Executed },
): Promise<Done> {
  if (executed.kind === "rejected") throw rejected(executed.rejection);
  if (executed.kind === "duplicate") {
    const { version, messageId } = executed;
    return { version, events: [], ...(messageId !== undefined && { messageId }) };
  }
  if (executed.version > 0) return executed;
  return { version: (await deps.rooms.read(roomId, ({ version }) => version)) ?? 0, events: [] };
}
