import type { EventOf } from "../core/room/event.js";
import type { EventPlace, LogPlace } from "../core/room/position.js";
import type { StoredStep } from "../core/room/step.js";

/** Messages that are asked for. */
export interface MessageSearch {
  roomId: string;
  /** The room's last commit that counts: search begins there, and commits that are not among its ancestors do not count. */
  top: { version: number; commitId: string };
  /** Only messages before this place. Without an index: before the end of that commit, which itself is left out. */
  before?: LogPlace | undefined;
  /** Part of the text, in any case, or the name of the sender. Absent: every message. */
  containing?: string | undefined;
  /** Also the questions agents put to people, and their answers, found by the same text or by who asked and who answered. */
  questions?: boolean | undefined;
  /** At most this many messages, 1 or more. */
  limit: number;
}

/** A posted message, or a question or its answer, as stored in the log. `at`: Unix ms. */
export interface FoundMessage {
  place: EventPlace;
  at: number;
  event: EventOf<"message.posted"> | EventOf<"gate.opened"> | EventOf<"gate.resolved">;
}

/** A page of hits. */
export interface MessagesFound {
  /** Newest first. */
  messages: FoundMessage[];
  /** Every message from this commit on was looked at. `at`: Unix ms; absent where nothing was read. */
  lookedBackTo: { version: number; at?: number };
  /** `before` of the next call. Absent: there is nothing before. */
  next?: LogPlace;
}

/** Steps that are asked for: entries of the journal of one agent. */
export interface StepSearch {
  roomId: string;
  agent: string;
  /** Part of a text, an input, a result or a tool's name, in any case. */
  containing: string;
  /** Only steps before this place of the journal. Absent: before its end. */
  before?: LogPlace | undefined;
  /** At most this many steps, 1 or more. */
  limit: number;
}

/** A step as it is stored, with its marks. Its reader MUST check who may see it. `at`: Unix ms. */
export interface FoundStep {
  place: EventPlace;
  at: number;
  stored: StoredStep;
}

/** A page of steps. */
export interface StepsFound {
  /** Newest first. */
  steps: FoundStep[];
  /** Every step from this commit on was looked at. `at`: Unix ms; absent where nothing was read. */
  lookedBackTo: { version: number; at?: number };
  /** `before` of the next call. Absent: there is nothing before. */
  next?: LogPlace;
}

/** Finds messages of a room. Infrastructure failures reject with a `PortError`. */
export interface SearchIndex {
  /**
   * The newest messages that fit. MUST end within a bound on what one call reads, even if it found less than `limit` by then; `next` leads on from there,
   * and going on until it is absent gives every message that fits exactly once.
   */
  find(search: MessageSearch): Promise<MessagesFound>;
  /** The newest steps that fit, with the same bound. */
  findSteps(search: StepSearch): Promise<StepsFound>;
}
