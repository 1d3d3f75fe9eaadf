/** The caller's mistake, or a race it lost. Nothing was changed. `detail` is a sentence for a person. */
export type Rejection =
  | { code: "room_not_found"; detail: string }
  | { code: "room_exists"; detail: string }
  | { code: "room_closed"; detail: string }
  | { code: "room_open"; detail: string }
  | { code: "forbidden"; detail: string }
  | { code: "invalid"; detail: string; issues: Issue[] }
  | { code: "name_taken"; detail: string; suggestion: string }
  | { code: "idempotency_key_reused"; detail: string }
  | { code: "participant_not_found"; detail: string }
  | { code: "gate_not_found"; detail: string }
  | { code: "gate_already_resolved"; detail: string; by: string; outcome: string }
  | { code: "gate_changed"; detail: string }
  | { code: "setup_changed"; detail: string }
  | { code: "invite_invalid"; detail: string }
  | { code: "invite_not_found"; detail: string }
  | { code: "limit_reached"; detail: string }
  /** Too much in too short a time; the same is taken again after `retryAfterMs`. */
  | { code: "rate_limited"; detail: string; retryAfterMs: number }
  /** It needs a form of the log that not every process of this installation knows yet. */
  | { code: "format_not_raised"; detail: string }
  | { code: "turn_not_open"; detail: string }
  | { code: "nothing_to_start"; detail: string }
  | { code: "nothing_to_retry"; detail: string }
  | { code: "nothing_to_withdraw"; detail: string };

/** Code of a rejection, as the API answers it. */
export type RejectionCode = Rejection["code"];

/** One thing wrong with an input: where (path of keys) and what would be right. */
export interface Issue {
  path: (string | number)[];
  message: string;
}

/** Rejection of an invalid value at `path`. */
export function invalid(path: (string | number)[], message: string): Rejection {
  return { code: "invalid", detail: message, issues: [{ path, message }] };
}
