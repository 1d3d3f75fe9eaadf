import { openPartOf } from "../grammar/open-text.js";
import type { GateOutcome, PersonRole } from "./event.js";
import { isGated } from "./gate.js";
import { maySeeHeld, roleMay } from "./rights.js";
import type { Room } from "./room.js";
import type { StoredStep, TurnStep } from "./step.js";
import type { TurnRecord } from "./turn-record.js";

/**
 * What one reader may read of a turn. `all`: every entry. `released`: every entry that was made while the agent's messages were not held. `open`: of those, only
 * what says nothing of a question or a held text. `none`: nothing.
 */
export type StepStanding = "all" | "released" | "open" | "none";

/** Outcomes after which everything that was held has been shown to the room as it was. */
const shownOutcomes: ReadonlySet<GateOutcome> = new Set(["approved", "answered", "allowed", "continued"]);

/** Whether nothing of a turn is held any more: it is over, no gate of it is open, and none was dropped, edited or denied. */
export function isReleased({ endedAtMs, gates }: TurnRecord): boolean {
  return endedAtMs !== undefined && gates.every(({ outcome }) => outcome !== undefined && shownOutcomes.has(outcome));
}

/**
 * The standing of a role towards a turn. Viewers read no steps. Deciders read all of them. Members read a turn whose agent was gated once it is released, and
 * any other at once. Where the room shows held text to deciders alone, members read no turn with a gate that is open or was refused, and of any other what says
 * nothing of a question until it is over without one.
 */
export function stepStanding(room: Room, role: PersonRole, turn: TurnRecord): StepStanding {
  if (!roleMay(role, "readHeld")) return "none";
  if (roleMay(role, "decide")) return "all";
  const agent = room.participants.get(turn.agent);
  const isLive = turn.endedAtMs === undefined;
  if (isLive && agent?.kind === "agent" && isGated(agent, room.policy)) return "none";
  const released = isReleased(turn);
  if (maySeeHeld(room, role)) return released ? "all" : "released";
  const isShown = turn.gates.every(({ outcome }) => outcome !== undefined && shownOutcomes.has(outcome));
  if (!isShown) return "none";
  // The question and its answer stay with those who decide.
  return released && turn.gates.every(({ kind }) => kind !== "question") ? "all" : "open";
}

/** An entry as this standing may read it. `withheld`: it is for those who decide, so the rest of the turn is as well. Undefined: it is left out. */
export function stepFor(stored: StoredStep, standing: StepStanding): TurnStep | "withheld" | undefined {
  const { gated, held, step } = stored;
  if (standing === "all") return step;
  if (standing === "none" || gated) return "withheld";
  return standing === "released" ? step : openStep(step, held);
}

function openStep(step: TurnStep, held: boolean): TurnStep | undefined {
  switch (step.type) {
    case "block":
      return step.subagent ? undefined : { ...step, text: openPartOf(step.text) };
    case "tool": {
      if (!held) return step;
      const { input: _input, inputBytes: _bytes, ...tool } = step;
      return { ...tool, summary: "" };
    }
    case "tool.result":
      return held ? undefined : step;
    case "thinking":
    case "plan":
    case "compaction":
      return undefined;
    default:
      return step;
  }
}
