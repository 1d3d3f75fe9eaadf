import { comparePlaces } from "../../../src/core/room/position.js";
import type { SourceListener } from "./stream.js";

/** What the tab that reads a room's stream tells the other tabs of the room; `hello` asks it where it is. */
export type TabMessage =
  | { kind: "hello" }
  | { kind: "open"; position: string }
  | { kind: "data"; position: string; data: string }
  | { kind: "broken" };

/** A stream's events with the position of the last one: `version.index`, as the server numbers them. */
export interface PositionedListener {
  opened(): void;
  message(data: string, position: string): void;
  failed(gaveUp: boolean): void;
}

export interface SharedSourceOptions {
  /** The position after which this tab has to continue. */
  after: () => string;
  listener: SourceListener;
  /** Opens a stream of this tab's own. */
  connect: (after: string, listener: PositionedListener) => { close(): void };
  /** Sends to the other tabs of the room. */
  post: (message: TabMessage) => void;
  /** Hears the other tabs; returns the end of it. */
  hear: (heard: (message: TabMessage) => void) => () => void;
  /**
   * Calls `lead` once this tab is the one that reads the stream, and `wait` before that if it would be, but for the number of
   * streams the browser may hold; returns the end of that, or of waiting for it.
   */
  contend: (lead: () => void, wait: () => void) => () => void;
  /** Calls back once after `delayMs`; returns a function that cancels it. */
  later: (delayMs: number, callback: () => void) => () => void;
}

/** A tab's part in a shared stream. A new tab is `new`; it catches up with the leading tab by a stream of its own, and then follows. */
export type TabPart =
  | { part: "new" }
  | { part: "leading"; position: string; isOpen: boolean }
  /** Until its own stream reaches `target`; what the leader sends meanwhile waits in `held`. */
  | { part: "catching"; target: string; held: readonly string[] }
  | { part: "following"; isBroken: boolean };

/** The part of a tab that heard that the leading tab's stream is open at `position`. */
export function heardOpen(part: TabPart, { position, own }: { position: string; own: string }): TabPart {
  if (part.part === "leading") return part;
  return isBehind(own, position)
    ? { part: "catching", target: position, held: [] }
    : { part: "following", isBroken: false };
}

/** The part of a tab that heard an event from the leading tab. */
export function heardData(part: TabPart, data: string): TabPart {
  return part.part === "catching" ? { ...part, held: [...part.held, data] } : part;
}

/** Whether events between the positions are missing. A position without an index is the start of a stream that had no event yet. */
export function isBehind(own: string, position: string): boolean {
  if (!position.includes(".")) return false;
  return comparePlaces(placeOf(own), placeOf(position)) < 0;
}

function placeOf(position: string): { version: number; index: number } {
  const [version = 0, index = Number.MAX_SAFE_INTEGER] = position.split(".").map(Number);
  return { version, index };
}
