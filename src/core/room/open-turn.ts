/** A turn under way: what it took, posted and asked. */
export interface OpenTurn {
  turnId: string;
  version: number;
  startedAtMs: number;
  node: string;
  boot: string;
  attempt: number;
  opening: boolean;
  /** `seq` of what it took. */
  taken: number[];
  /** Highest hop of what it took. */
  hop: number;
  /** What it (and the lost attempts before it) put into the log. */
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
  /** What it waits for, and the latest it was answered. */
  asks: Ask[];
  /** What the lost attempts before it waited for and it has not asked yet: asked again it opens no second gate. */
  askedBefore: Ask[];
}

/** Id in the log with its version, and a print of what was said (nothing for a bounce). */
export type Posted = [id: string, version: number, print: string];

/** A question or permission the turn waits for. `resolved` is where the decision stands in the log. */
export interface Ask {
  requestId: string;
  gateId: string;
  /** Of what is asked; absent where the log is older than this. */
  fingerprint?: string;
  resolved?: { version: number; index: number };
  /** A person answered the question; that holds for who asks it again. A permission that was used does not. */
  answered?: true;
}

/** What a lost turn leaves for the next one. */
export interface Retry {
  /** In a row, since a turn last came to its end. */
  deaths: number;
  restarts: number;
  attempt: number;
  opening: boolean;
  /** Highest `seq` of what was lost; the retry is over when nothing up to it waits any more. */
  upTo: number;
  posted: Posted[];
  reached?: string[];
  lostTurns?: string[];
  asks: Ask[];
}
