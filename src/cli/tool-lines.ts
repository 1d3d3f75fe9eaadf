import type { ActivityFrame } from "../protocol/events.js";
import { toolText } from "./watch-status.js";

/** A tool an agent uses, in words. */
export interface ToolLine {
  agent: string;
  text: string;
}

/**
 * Puts tools behind the event that says their turn has started: they are told at once, the event only when it is stored.
 */
export interface ToolLines {
  /** The lines to print now. */
  noteActivity(activity: ActivityFrame): ToolLine[];
  /** The lines that waited for this turn. */
  noteTurnStarted(turnId: string): ToolLine[];
}

export function createToolLines(): ToolLines {
  const started = new Set<string>();
  const waiting = new Map<string, ToolLine[]>();

  return {
    noteActivity(activity) {
      if (activity.type === "activity.deciding") return [];
      const { turnId } = activity;
      if (activity.type === "activity.snapshot") started.add(turnId);
      if (activity.type === "activity.ended") {
        const left = waiting.get(turnId) ?? [];
        started.delete(turnId);
        waiting.delete(turnId);
        return left;
      }
      const text = lineOf(activity);
      if (text === undefined) return [];
      const line = { agent: activity.agent, text };
      if (started.has(turnId)) return [line];
      waiting.set(turnId, [...(waiting.get(turnId) ?? []), line]);
      return [];
    },
    noteTurnStarted(turnId) {
      started.add(turnId);
      const lines = waiting.get(turnId) ?? [];
      waiting.delete(turnId);
      return lines;
    },
  };
}

function lineOf(activity: ActivityFrame): string | undefined {
  if (activity.type !== "activity.tool") return undefined;
  if (activity.phase === "started") return toolText(activity);
  return activity.phase === "failed" ? `${activity.name} failed` : undefined;
}
