import type { GateOption, Recipients } from "../core/room/event.js";
import type { ExternalMessage } from "../core/room/external-command.js";
import type { DeliveryState } from "../core/room/view.js";
import type { Refusable } from "./refusable.js";

/** How an agent outside Parley speaks. Infrastructure failures reject with a `PortError`. */
export interface AgentSpeech {
  /** Says something on the same path as any agent. Durable when it resolves. The same `key` says nothing twice. */
  say(said: { text: string } | ExternalMessage, how?: SpeechOptions): Promise<Refusable<Said>>;
  /** Asks people; the answer comes as a message. */
  ask(question: DoorQuestion, how?: SpeechOptions): Promise<Refusable<Asked>>;
  /** Takes back an open question or a held message of its own. */
  withdraw(gateId: string): Promise<Refusable<{ version: number }>>;
}

/** `within`: only while this turn is open. `key`: the caller's own id for the call. */
export interface SpeechOptions {
  key?: string | undefined;
  within?: string | undefined;
  /** For the log of requests. */
  cause?: string | undefined;
}

/** A question for people; see `ExternalAsk`. */
export interface DoorQuestion {
  body: string;
  options?: readonly GateOption[] | undefined;
  isUrgent?: boolean | undefined;
  expiresInSeconds?: number | undefined;
}

/** What became of one message of a text. */
export type SaidMessage =
  /** It is in the log. `delivery`: by agent. */
  | { became: "sent"; messageId: string; to: Recipients; delivery: Record<string, DeliveryState> }
  /** A person decides on it. */
  | { became: "held"; gateId: string; to: Recipients }
  /** It was not sent. `detail`: why, and what would have worked. */
  | { became: "bounced"; messageId: string; detail: string };

/** The outcome of what was said. */
export interface Said {
  version: number;
  messages: SaidMessage[];
  /** The same was said before under this key. */
  isRepeat: boolean;
  /** It tripped the loop guard: no turn starts until a person decides. */
  isHalted: boolean;
}

/** A question that waits for people. `isAnybodyThere`: a person who may answer has the room open. */
export interface Asked {
  version: number;
  gateId: string;
  isAnybodyThere: boolean;
  isRepeat: boolean;
}
