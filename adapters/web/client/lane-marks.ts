import type { Drawing } from "./lane-drawing.js";

/** A mark in the drawing that can be selected. `lane` counts from the top. */
export interface LaneMark {
  key: string;
  at: number;
  lane: number;
}

export const turnKey = ({ agent, version }: { agent: string; version: number }): string => `turn-${agent}-${version}`;
export const messageKey = ({ id }: { id: string }): string => `message-${id}`;
export const gateKey = ({ from, version }: { from: string; version: number }): string => `gate-${from}-${version}`;

/** Every mark in the order of time. */
export function marksOf({ lanes, turns, messages, gates }: Drawing): LaneMark[] {
  const laneOf = new Map(lanes.map((name, at) => [name, at]));
  const mark = (key: string, at: number, name: string) => ({ key, at, lane: laneOf.get(name) ?? 0 });
  return [
    ...turns.map((turn) => mark(turnKey(turn), turn.from, turn.agent)),
    ...messages.map((message) => mark(messageKey(message), message.at, message.from)),
    ...gates.map((gate) => mark(gateKey(gate), gate.at, gate.from)),
  ].sort((a, b) => a.at - b.at);
}

/** Where a key leads: along the lane, to the nearest mark of another lane, or to either end. Undefined: a key that leads nowhere. */
export function markAfterKey(marks: readonly LaneMark[], current: LaneMark, pressed: string): LaneMark | undefined {
  const lane = marks.filter((mark) => mark.lane === current.lane);
  const at = lane.findIndex(({ key }) => key === current.key);
  switch (pressed) {
    case "ArrowRight":
      return lane[at + 1] ?? current;
    case "ArrowLeft":
      return lane[at - 1] ?? current;
    case "ArrowDown":
      return nearestOf(nextLane(marks, current, 1), current) ?? current;
    case "ArrowUp":
      return nearestOf(nextLane(marks, current, -1), current) ?? current;
    case "Home":
      return lane[0];
    case "End":
      return lane.at(-1);
    default:
      return undefined;
  }
}

/** Marks of the first lane in that direction that has any. */
function nextLane(marks: readonly LaneMark[], { lane: from }: LaneMark, direction: 1 | -1): LaneMark[] {
  const beyond = marks.filter(({ lane }) => (lane - from) * direction > 0);
  const lane = Math.min(...beyond.map((mark) => mark.lane * direction)) * direction;
  return beyond.filter((mark) => mark.lane === lane);
}

function nearestOf(marks: readonly LaneMark[], { at }: LaneMark): LaneMark | undefined {
  return marks.reduce<LaneMark | undefined>(
    (best, mark) => (best && Math.abs(best.at - at) <= Math.abs(mark.at - at) ? best : mark),
    undefined,
  );
}
