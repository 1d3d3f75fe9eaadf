import type { DeliveryClass } from "../core/room/event.js";
import type { Refusable } from "./refusable.js";

/** How an agent outside Parley takes its messages. Infrastructure failures reject with a `PortError`. */
export interface AgentMailbox {
  /**
   * Takes what waits for it: opens a turn, or gives the open one again, with the same ids. Undefined: nothing came within `waitMs`, or `signal` aborted.
   * Messages that come during a turn in the class `interrupt` are added to it. `known`: the turn as the caller has it, which is not given again as it is.
   */
  take(how: TakeRequest): Promise<Refusable<TakenTurn> | undefined>;
  /** Ends the open turn; a turn that is not open any more is refused with `turn_not_open`. */
  acknowledge(end: TurnEnd): Promise<Refusable<{ version: number }>>;
  /** Whether calls that wait are ended, because the process stops. */
  isClosing(): boolean;
}

/** How long a take waits, and what its caller has. */
export interface TakeRequest {
  waitMs: number;
  signal?: AbortSignal | undefined;
  /** The turn it has, with the number of messages. */
  known?: { turnId: string; messages: number } | undefined;
}

/** How an external agent ends its turn. `error`: why it failed, for people. */
export interface TurnEnd {
  turnId: string;
  outcome?: "done" | "failed" | undefined;
  error?: string | undefined;
}

/** A turn with its messages. `attempt` counts from 1. */
export interface TakenTurn {
  turnId: string;
  attempt: number;
  messages: TakenMessage[];
}

/** A message as it is handed over. `text`: framed for a model, which tells it from text inside messages. */
export interface TakenMessage {
  /** The same each time it is handed over. */
  id: string;
  messageId: string;
  /** `parley` for notices about its own messages. */
  from: string;
  body: string;
  class: DeliveryClass;
  text: string;
}
