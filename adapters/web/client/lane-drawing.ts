import type { RoomEventFrame } from "../../../src/protocol/events.js";
import { tokensOf } from "./usage.js";

/** The log as a drawing: one lane a participant, time from left to right. Times are Unix ms. */
export interface Drawing {
  lanes: readonly string[];
  fromMs: number;
  toMs: number;
  messages: readonly { id: string; version: number; at: number; from: string; to: readonly string[]; body: string }[];
  turns: readonly { agent: string; from: number; to: number; outcome: string | undefined; version: number }[];
  gates: readonly { at: number; from: string; outcome: string | undefined; version: number }[];
  usage: readonly { at: number; agent: string; usd: number; tokens: number }[];
}

type FrameOf<T extends RoomEventFrame["type"]> = Extract<RoomEventFrame, { type: T }>;

/** An export as events; a line that cannot be read is passed over. */
export function framesOf(jsonLines: string): RoomEventFrame[] {
  return jsonLines.split("\n").flatMap((line) => {
    if (line === "") return [];
    try {
      return [JSON.parse(line) as RoomEventFrame];
    } catch {
      return [];
    }
  });
}

export function drawingOf(frames: readonly RoomEventFrame[], nowMs: number): Drawing {
  const lanes = new Set<string>();
  const messages: Drawing["messages"][number][] = [];
  const turns = new Map<string, Drawing["turns"][number]>();
  const gates = new Map<string, Drawing["gates"][number]>();
  const usage: Drawing["usage"][number][] = [];
  for (const frame of frames) {
    if (frame.type === "participant.joined") lanes.add(frame.name);
    else if (frame.type === "message.posted") {
      lanes.add(frame.from);
      messages.push(messageOf(frame, lanes));
    } else if (frame.type === "turn.started") turns.set(frame.turnId, turnOf(frame, nowMs));
    else if (frame.type === "turn.ended") change(turns, frame.turnId, { to: frame.at, outcome: frame.outcome });
    else if (frame.type === "gate.opened")
      gates.set(frame.gateId, { at: frame.at, from: frame.from, outcome: undefined, version: frame.version });
    else if (frame.type === "gate.resolved") change(gates, frame.gateId, { outcome: frame.outcome });
    else if (frame.type === "usage.recorded") usage.push(usageOf(frame));
  }
  const [first] = frames;
  const last = frames.at(-1);
  const isRunning = [...turns.values()].some(({ outcome }) => outcome === undefined);
  return {
    lanes: [...lanes],
    fromMs: first?.at ?? nowMs,
    toMs: Math.max((first?.at ?? nowMs) + 1, isRunning ? nowMs : (last?.at ?? nowMs)),
    messages,
    turns: [...turns.values()],
    gates: [...gates.values()],
    usage,
  };
}

function messageOf(frame: FrameOf<"message.posted">, lanes: ReadonlySet<string>): Drawing["messages"][number] {
  const { messageId: id, version, at, from, body } = frame;
  const to = frame.to === "room" ? [...lanes].filter((name) => name !== from) : frame.to;
  return { id, version, at, from, to, body };
}

function turnOf({ agent, at, version }: FrameOf<"turn.started">, nowMs: number): Drawing["turns"][number] {
  return { agent, from: at, to: Math.max(at, nowMs), outcome: undefined, version };
}

function usageOf(frame: FrameOf<"usage.recorded">): Drawing["usage"][number] {
  const { at, agent, usd } = frame;
  return { at, agent, usd, tokens: tokensOf(frame) };
}

function change<T extends object>(items: Map<string, T>, id: string, by: Partial<T>): void {
  const known = items.get(id);
  if (known) items.set(id, { ...known, ...by });
}

/** Cost of each agent after each of its records. */
export function costLines(
  usage: Drawing["usage"],
): { agent: string; usd: number; tokens: number; points: { at: number; usd: number; tokens: number }[] }[] {
  const lines = new Map<
    string,
    { agent: string; usd: number; tokens: number; points: { at: number; usd: number; tokens: number }[] }
  >();
  for (const { at, agent, usd, tokens } of usage) {
    const line = lines.get(agent) ?? { agent, usd: 0, tokens: 0, points: [] };
    line.usd += usd;
    line.tokens += tokens;
    line.points.push({ at, usd: line.usd, tokens: line.tokens });
    lines.set(agent, line);
  }
  return [...lines.values()].sort((a, b) => b.usd - a.usd || b.tokens - a.tokens);
}

const stepsMs = [1e3, 5e3, 15e3, 6e4, 3e5, 9e5, 36e5, 4 * 36e5, 12 * 36e5, 24 * 36e5, 7 * 24 * 36e5];

/** Round times for an axis, about `count` of them. */
export function ticksOf(fromMs: number, toMs: number, count: number): number[] {
  const wanted = (toMs - fromMs) / count;
  const step = stepsMs.find((known) => known >= wanted) ?? wanted;
  const ticks: number[] = [];
  for (let at = Math.ceil(fromMs / step) * step; at <= toMs && ticks.length < 500; at += step) ticks.push(at);
  return ticks;
}
