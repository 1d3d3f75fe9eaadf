/** A way to reach a person who does not look at Parley now: a browser's push service, e-mail, a direct message, a webhook. */
export interface Notices {
  /**
   * Sends once. MUST carry `id` so that the receiver can tell a second one (Topic, Message-ID, webhook-id). MUST put nothing into it but what `notice` holds.
   * MUST answer within 15 s and MUST NOT reject: what went wrong is in the answer.
   */
  send(notice: Notice): Promise<NoticeOutcome>;
}

/** MUST NOT hold a secret or held text: it passes through other people's servers. */
export interface Notice {
  /** The same when it is sent again. At most 128 of `A-Z a-z 0-9 . _ -`. */
  id: string;
  /** Where to, as the adapter understands it: an endpoint, an address, a user id. */
  to: string;
  /** One line, at most 120 characters. */
  title: string;
  /** At most 1,000 characters. */
  text: string;
  /** The address it opens; no token in it. */
  url: string;
  /** `urgent`: somebody waits for an answer. */
  urgency: "urgent" | "normal";
}

/** Outcome of a notice. */
export type NoticeOutcome =
  | { kind: "sent" }
  /** It may have arrived: the answer was cut off. Sent again, it has the same id. */
  | { kind: "unknown" }
  /** It did not arrive; try again, after this many ms if given. */
  | { kind: "later"; retryAfterMs?: number; why: string }
  /** This address takes nothing any more; it is to be forgotten. */
  | { kind: "gone"; why: string };
