import type { RoomEvent } from "../core/room/event.js";
import type { ActivityFrame, WorkFrame } from "../protocol/events.js";
import type { RoomView } from "../protocol/rooms.js";
import type { NameStyles } from "./roster.js";
import { dim, type Piece, styled } from "./screen.js";
import type { Symbols } from "./symbols.js";
import { counted, durationText } from "./words.js";

/** The status line of `watch`: who works on what, and open gates. */
export interface WatchStatus {
  noteEvent(event: RoomEvent, atMs: number): void;
  noteActivity(activity: ActivityFrame, atMs: number): void;
  pieces(nowMs: number): Piece[] | undefined;
}

interface Work {
  /** Undefined for work that began before anybody watched. */
  turnId?: string;
  sinceMs: number;
  /** The newest words it writes. */
  text: string;
  tool?: string;
}

const keptChars = 200;

export function createWatchStatus(
  room: Pick<RoomView, "participants" | "gates">,
  { roster, symbols }: { roster: NameStyles; symbols: Symbols },
): WatchStatus {
  const working = new Map<string, Work>();
  const gates = new Set(room.gates.map(({ gateId }) => gateId));
  for (const { name, status, sinceMs } of room.participants) {
    if (status === "working" || status === "waiting") working.set(name, { sinceMs: sinceMs ?? 0, text: "" });
  }

  /** Activity may arrive before the event that says its turn has started. */
  function workOf(agent: string, turnId: string, atMs: number): Work {
    const known = working.get(agent);
    const isSame = known !== undefined && (known.turnId ?? turnId) === turnId;
    const current: Work = isSame ? known : { sinceMs: atMs, text: "" };
    current.turnId = turnId;
    working.set(agent, current);
    return current;
  }

  return {
    noteEvent(event, atMs) {
      if (event.type === "turn.started") workOf(event.agent, event.turnId, atMs).sinceMs = atMs;
      if (event.type === "turn.ended") working.delete(event.agent);
      if (event.type === "gate.opened") gates.add(event.gateId);
      if (event.type === "gate.resolved") gates.delete(event.gateId);
    },
    noteActivity(activity, atMs) {
      if (activity.type === "activity.deciding") return;
      if (activity.type === "activity.ended") {
        working.delete(activity.agent);
        return;
      }
      noteWork(workOf(activity.agent, activity.turnId, atMs), activity);
    },
    pieces(nowMs) {
      const agents = [...working].map(([name, work]) => [roster.show(name), workText(work, nowMs)]);
      const held = gates.size > 0 ? [[styled("gate", `${symbols.gate} ${counted(gates.size, "gate")} open`)]] : [];
      const parts = [...held, ...agents];
      if (parts.length === 0) return undefined;
      return parts.flatMap((part, at) => (at === 0 ? part : [dim(` ${symbols.bullet} `), ...part]));
    },
  };
}

function noteWork(work: Work, activity: Exclude<WorkFrame, { type: "activity.ended" }>): void {
  if (activity.type === "activity.text") {
    work.text = (work.text + activity.text).slice(-keptChars);
    return;
  }
  if (activity.type === "activity.snapshot") {
    work.text = activity.text.slice(-keptChars);
    if (activity.tool) work.tool = toolText(activity.tool);
    return;
  }
  if (activity.phase === "started") work.tool = toolText(activity);
  else delete work.tool;
}

export function toolText({ name, summary }: { name: string; summary: string }): string {
  return summary === "" || summary === name ? name : `${name} ${summary}`;
}

function workText({ sinceMs, text, tool }: Work, nowMs: number): string {
  const time = sinceMs > 0 ? ` ${durationText(nowMs - sinceMs)}` : "";
  const lastLine = text.trimEnd().split("\n").at(-1) ?? "";
  const doing = tool ?? lastLine;
  return doing === "" ? time : `${time} ${doing}`;
}
