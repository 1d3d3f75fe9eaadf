import type { DeliveryClass, GateOption } from "./event.js";

/** Members of everything that an external agent sends. */
interface ExternalSpeech {
  agent: string;
  /** Id of the turn it is said in where the agent has none open. */
  turnId: string;
  /** It is refused unless this turn is open. Absent: the open turn, or a turn of its own. */
  within?: string;
  /**
   * The same output twice is said once. With a key it is `<made from the key>-<made from the content>`, so that the same key with other content is
   * recognised.
   */
  outputId: string;
  /** Absent: the caller has no key, and the id is a new one. */
  idempotencyKey?: string;
}

/** An external agent says something, in the way of any agent: its directives become messages, gates or bounces. */
export interface ExternalSay extends ExternalSpeech {
  type: "agent.say";
  /** A text with directives, or one message with its recipients. */
  said: { text: string } | ExternalMessage;
}

/** One message as its sender addresses it. */
export interface ExternalMessage {
  /** Names or groups; none: the room. */
  to: readonly string[];
  body: string;
  /** Default `deliver`. Classes that stop agents are for people. */
  class?: Extract<DeliveryClass, "notify" | "deliver" | "interrupt">;
  /** It expires if nobody took it by then. Not kept while a person holds it. */
  ttlSeconds?: number;
}

/** An external agent asks people. No turn waits for the answer: it comes as a message. */
export interface ExternalAsk extends ExternalSpeech {
  type: "agent.ask";
  body: string;
  options?: readonly GateOption[];
  /** Deciders are reminded every minute, three times, unless the room reminds them anyway. */
  isUrgent?: boolean;
  /** Without an answer by then the question is dropped. */
  expiresInSeconds?: number;
}

/** An external agent takes back its own open question or held message. */
export interface ExternalWithdraw {
  type: "agent.withdraw";
  agent: string;
  gateId: string;
}

/** Commands of external agents. */
export type ExternalCommand = ExternalSay | ExternalAsk | ExternalWithdraw;
