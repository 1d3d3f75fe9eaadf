import { z } from "zod";
import { type EventType, eventSchemas } from "../core/room/event.js";
import { gateActions } from "../core/room/gate.js";
import type { ServedRoomEvent } from "../core/room/view.js";
import { atLeast, position, unixMs, version } from "./fields.js";
import { exportFormat } from "./rooms.js";

/** Query of a room's and of an agent's event stream. `activity=1` adds what agents are doing. */
export const eventsQuery = z.strictObject({
  atLeast,
  after: position.optional(),
  activity: z.enum(["0", "1"]).optional(),
});

/** Query of `GET /api/rooms/:id/export`. */
export const exportQuery = z.strictObject({
  atLeast,
  format: exportFormat.optional(),
  /** 1: also the steps of every turn that has ended, where the reader may read them. */
  steps: z.enum(["0", "1"]).optional(),
});

/** Members that every stored event has when it is served. `actor` is the name of the participant that asked for it. */
const place = { version: version.min(1), index: z.number().int().min(0), at: unixMs, actor: z.string() };

/** The members of a served event besides its type's own. */
export interface FramePlace {
  version: number;
  index: number;
  at: number;
  actor: string;
}

/** An event of a room's log, as a frame of its stream and as a line of its export. */
export type RoomEventFrame = FramePlace & ServedRoomEvent;

/** Members that only a served event has. */
const served: Partial<Record<EventType, z.ZodRawShape>> = {
  // Absent for readers who may not see held text.
  "gate.opened": { hashVersion: z.literal([1, 2]).exactOptional() },
};

function servedSchema(type: EventType) {
  return z.object({ ...place, type: z.literal(type), ...eventSchemas[type].shape, ...served[type] });
}

const frames = (Object.keys(eventSchemas) as EventType[]).map(servedSchema);

/** Schema of `RoomEventFrame`. Members that a reader may not see are absent or empty. */
export const roomEventFrame = z.discriminatedUnion("type", frames as [(typeof frames)[number], ...typeof frames]);

const ofTurn = { agent: z.string(), turnId: z.string() };
const toolPhase = z.enum(["started", "ended", "failed"]);

/** Current work of agents and decisions of people: a frame without an id, stored nowhere, sent on request with `activity=1`. */
export const activityFrame = z.discriminatedUnion("type", [
  z.object({ type: z.literal("activity.text"), ...ofTurn, text: z.string() }),
  z.object({
    type: z.literal("activity.tool"),
    ...ofTurn,
    id: z.string(),
    name: z.string(),
    phase: toolPhase,
    summary: z.string(),
  }),
  z.object({
    type: z.literal("activity.snapshot"),
    ...ofTurn,
    text: z.string(),
    tool: z.object({ name: z.string(), summary: z.string() }).exactOptional(),
  }),
  z.object({ type: z.literal("activity.ended"), ...ofTurn }),
  /** A person's decision on a gate that can still be taken back. Without `choice` it was taken back; `gate.resolved` follows one that was sent. */
  z.object({
    type: z.literal("activity.deciding"),
    agent: z.string(),
    gateId: z.string(),
    by: z.string(),
    choice: z.object({ action: z.enum(gateActions), forMs: z.number() }).exactOptional(),
  }),
]);
/** An activity frame as a viewer's stream carries it. */
export type ActivityFrame = z.input<typeof activityFrame>;
/** A frame of an agent's work in a turn. */
export type WorkFrame = Exclude<ActivityFrame, { type: "activity.deciding" }>;

const gated = z.literal(true).exactOptional();

/** An event of an agent's own stream: its actions inside its turns. `gated`: only deciders may read it. */
export const agentEventFrame = z.discriminatedUnion("type", [
  z.object({
    ...place,
    type: z.literal("block"),
    turnId: z.string(),
    outputId: z.string(),
    index: z.number().int(),
    text: z.string(),
    subagent: z.literal(true).exactOptional(),
    gated,
  }),
  z.object({
    ...place,
    type: z.literal("tool"),
    turnId: z.string(),
    id: z.string(),
    name: z.string(),
    phase: toolPhase,
    summary: z.string(),
    gated,
  }),
  z.object({
    ...place,
    type: z.literal("usage"),
    turnId: z.string(),
    model: z.string().exactOptional(),
    inputTokens: z.number(),
    outputTokens: z.number(),
    cacheReadTokens: z.number(),
    cacheWriteTokens: z.number(),
    usd: z.number(),
    gated,
  }),
  z.object({ ...place, type: z.literal("session"), sessionId: z.string(), resumed: z.boolean(), gated }),
  z.object({ ...place, type: z.literal("notice"), turnId: z.string().exactOptional(), text: z.string(), gated }),
  z.object({ ...place, type: z.literal("entry"), turnId: z.string().exactOptional(), data: z.unknown(), gated }),
]);
/** One event of an agent's stream as a viewer's stream carries it. */
export type AgentEventFrame = z.input<typeof agentEventFrame>;

/** A frame of a room's stream. */
export type RoomFrame = RoomEventFrame | ActivityFrame;
