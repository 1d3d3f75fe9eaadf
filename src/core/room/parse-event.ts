import { type EventType, eventSchemas, type RoomEvent } from "./event.js";

/** An event of a later version: kept, shown to nobody, skipped by the fold. */
export interface UnknownEvent {
  type: string;
  [field: string]: unknown;
}

/** An event as this version can read it: known, of a later version, or not to be read. */
export type ParsedEvent =
  | { kind: "known"; event: RoomEvent }
  | { kind: "unknown"; event: UnknownEvent }
  | { kind: "unreadable"; reason: string };

/** Reads one stored event. A type this version does not know is `unknown`; a known type with wrong fields is `unreadable`. */
export function parseEvent(value: unknown): ParsedEvent {
  if (typeof value !== "object" || value === null || !("type" in value) || typeof value.type !== "string") {
    return { kind: "unreadable", reason: "an event needs a type" };
  }
  if (!Object.hasOwn(eventSchemas, value.type)) return { kind: "unknown", event: value as UnknownEvent };
  const parsed = eventSchemas[value.type as EventType].safeParse(value);
  if (!parsed.success)
    return { kind: "unreadable", reason: `${value.type}: ${parsed.error.issues[0]?.message ?? "invalid"}` };
  return { kind: "known", event: value as unknown as RoomEvent };
}
