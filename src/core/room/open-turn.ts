/** A turn under way: its messages, posts and requests. */
export interface OpenTurn {
  turnId: string;
  version: number;
  startedAtMs: number;
  node: string;
  boot: string;
  attempt: number;
  opening: boolean;
  /** `seq` of its messages. */
  taken: number[];
  /** Highest hop of its messages. */
  hop: number;
  /** Its output in the log, and that of the lost attempts before it. */
  posted: Posted[];
  /** How many of them the lost attempts put there: in the same words they are not put there again. */
  postedBefore: number;
  /** Whom it (and the lost attempts before it) wrote to, groups as written: `room`, and `human` for a question. At most `LIMITS.maxReachedNames`; more are `room`. */
  reached?: string[];
  /** Whom it named where a name sends nothing, each once, with the line. */
  missed?: [name: string, line: string][];
  /** Ids of the lost attempts before it, the last `LIMITS.maxLostTurns`. */
  lostTurns?: string[];
  /** It has been told that no more of it is sent. */
  halted?: true;
  /** Its open requests, and the latest answered ones. */
  asks: Ask[];
  /** Open requests of its lost attempts that it has not repeated yet: a repeated one opens no second gate. */
  askedBefore: Ask[];
}

/** Id in the log with its version, and a fingerprint of the text (nothing for a bounce). */
export type Posted = [id: string, version: number, print: string];

/** A question or permission the turn waits for. `resolved` is the position of the decision in the log. */
export interface Ask {
  requestId: string;
  gateId: string;
  /** Fingerprint of the request; absent in older logs. */
  fingerprint?: string;
  resolved?: { version: number; index: number };
  /** A person answered the question; that holds for who asks it again. A permission that was used does not. */
  answered?: true;
}

/** State that a lost turn leaves for the next one. */
export interface Retry {
  /** In a row, since a turn last came to its end. */
  deaths: number;
  restarts: number;
  attempt: number;
  opening: boolean;
  /** Highest `seq` of the lost messages; the retry is over when none up to it waits any more. */
  upTo: number;
  posted: Posted[];
  reached?: string[];
  lostTurns?: string[];
  asks: Ask[];
}
