import type { DecideGate } from "../../core/room/command.js";
import type { Choices } from "../../core/room/event.js";
import type { GateAction } from "../../core/room/gate.js";
import type { Actor } from "../../core/room/rights.js";
import type { Executed } from "./live.js";
import { openedIn } from "./read-commits.js";
import type { RoomService } from "./service.js";

/** A person's decision on a gate. */
export interface GateChoice {
  action: GateAction;
  /** Edited text, edited tool input (JSON), or the answer. */
  body?: string | undefined;
  /** Answers by question. */
  answers?: Record<string, string> | undefined;
  /** Answers to the questions in the gate's content. */
  choices?: Choices | undefined;
  /** `session`: the same tool is allowed from now on. */
  remember?: "session" | undefined;
  /** Why, for the agent. */
  reason?: string | undefined;
}

export interface GateDecision {
  roomId: string;
  gateId: string;
  actor: Actor;
  choice: GateChoice;
  /** Hash of the content the decider saw. */
  hash: string;
  /** Id of the message the decision may become; the same for the same decision made again. */
  messageId: string;
  /** Id of the request that caused it. */
  cause?: string | undefined;
}

/**
 * Decides a gate for every entrance alike: looks the open gate up, reads what it holds from the log, and lets the room decide. The
 * room refuses a gate that is gone, a wrong hash, or a text that is not what was shown. Rejects with a `PortError` when the log cannot
 * be written.
 */
export async function decideGate(rooms: RoomService, decision: GateDecision): Promise<Executed> {
  const { roomId, gateId, actor, choice, hash, messageId, cause } = decision;
  const { action, body, answers, choices, remember, reason } = choice;
  const command: DecideGate = {
    type: "gate.decide",
    by: actor,
    gateId,
    action,
    hash,
    messageId,
    opened: await openedGate(rooms, roomId, gateId),
    ...(body !== undefined && { body }),
    ...(answers && { answers }),
    ...(choices && { choices }),
    ...(remember && { remember }),
    ...(reason !== undefined && { reason }),
  };
  return rooms.execute(roomId, command, cause === undefined ? {} : { cause });
}

async function openedGate(rooms: RoomService, roomId: string, gateId: string) {
  const gate = await rooms.read(roomId, (room) => {
    const open = room.gates.get(gateId);
    return open && { gateId, hash: open.hash, version: open.version, index: open.index };
  });
  return gate && openedIn(await rooms.commitsAt(roomId, [gate.version]), gate);
}
