import type { WorkFrame } from "../../../src/protocol/events.js";
import type { Work } from "./room-state.js";

/** Text of a turn the page keeps, in characters; the oldest goes first. */
const maxTextChars = 64 * 1_024;

/** The work of agents, after one more frame. A frame of another turn resets it. */
export function workAfter(work: ReadonlyMap<string, Work>, frame: WorkFrame): ReadonlyMap<string, Work> {
  const { agent, turnId } = frame;
  const known = work.get(agent);
  const next = new Map(work);
  if (frame.type === "activity.ended") {
    if (known?.turnId === turnId) next.delete(agent);
    return next;
  }
  const current: Work = known?.turnId === turnId ? known : { turnId, text: "", steps: 0 };
  next.set(agent, changed(current, frame));
  return next;
}

function changed(current: Work, frame: Exclude<WorkFrame, { type: "activity.ended" }>): Work {
  const { tool: _tool, ...withoutTool } = current;
  if (frame.type === "activity.text") return { ...current, text: (current.text + frame.text).slice(-maxTextChars) };
  if (frame.type === "activity.snapshot")
    return { ...withoutTool, text: frame.text, ...(frame.tool && { tool: frame.tool }) };
  if (frame.phase === "started") return { ...current, tool: { name: frame.name, summary: frame.summary } };
  return { ...withoutTool, steps: current.steps + 1 };
}
