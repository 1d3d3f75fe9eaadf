import type { DeliveryClass } from "./event.js";

/** A message that at least one agent has not taken yet. */
export interface WaitingMessage {
  seq: number;
  messageId: string;
  /** Where its text stands: version of the commit and index of the event in it. */
  version: number;
  index: number;
  from: string;
  class: DeliveryClass;
  hop: number;
  /** Whether it wakes an idle agent. */
  wakes: boolean;
  expiresAtMs?: number;
  /** Agents it still waits for or is being worked on by. */
  holders: number;
  /** Which delivery this is, counted from 1, where its turn failed and a person asked for it again. Absent: the first. */
  attempt?: number;
  /** An agent took it at least once. */
  taken?: true;
}

/** A delivery that expired or was withdrawn, remembered so that receipts can say so. */
export interface ExpiredDelivery {
  version: number;
  index: number;
  agent: string;
  /** Its sender took the message back. */
  isWithdrawn?: true;
}

/** A delivery whose turn failed, remembered so that receipts say so and it can be asked for again. */
export interface FailedDelivery
  extends Omit<ExpiredDelivery, "isWithdrawn">,
    Pick<WaitingMessage, "messageId" | "from" | "class"> {
  /** Which delivery failed, counted from 1. */
  attempt: number;
  /** Version of the commit that ended the turn: the same for all that one turn took. */
  endedVersion: number;
}
