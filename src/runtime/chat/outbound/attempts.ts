/**
 * How the posts of a thread fare at the moment: what was tried, how often, and from when the next try may come. Times are
 * monotonic ms. Pure: every change gives a new value.
 */
export interface Attempts {
  /** Tries in a row for which the platform was not there. */
  readonly failures: number;
  /** Nothing is sent to the platform before this. */
  readonly notBeforeMs: number;
  /** When the pending post ended with an unknown outcome; undefined: in an earlier life, or not at all. */
  readonly unknownSinceMs: number | undefined;
  /** Look-ups of the pending post that found nothing. */
  readonly lookUps: number;
  /** The post that the platform refused as it is, and the simpler form that it takes now. */
  readonly simpler: { readonly key: string; readonly form: SimplerForm } | undefined;
  /** Tries in a row that met the trouble for which the thread is suspended. */
  readonly suspendedTries: number;
}

/** `plain`: the same words without layout. `line`: one line that says that something could not be shown. */
export type SimplerForm = "plain" | "line";

/** When a post of unknown outcome is looked up, ms after it: platforms may show it late. */
export const lookUpAfterMs: readonly number[] = [2_000, 5_000];
const firstBackoffMs = 500;
const longestBackoffMs = 30_000;
const firstSuspendedMs = 30_000;
const longestSuspendedMs = 300_000;

/** Nothing was tried. */
export const noAttempts: Attempts = {
  failures: 0,
  notBeforeMs: 0,
  unknownSinceMs: undefined,
  lookUps: 0,
  simpler: undefined,
  suspendedTries: 0,
};

/** Something was posted, or found. */
export function succeeded(attempts: Attempts): Attempts {
  return { ...attempts, failures: 0, unknownSinceMs: undefined, lookUps: 0, simpler: undefined };
}

/** The platform did not say whether the post was made. */
export function leftUnknown(attempts: Attempts, nowMs: number): Attempts {
  return { ...attempts, unknownSinceMs: nowMs, lookUps: 0 };
}

/** The platform said that the post was not made. */
export function notMade(attempts: Attempts): Attempts {
  return { ...attempts, unknownSinceMs: undefined, lookUps: 0 };
}

/** A look-up found nothing. After the last of them the post counts as not made. */
export function notFound(attempts: Attempts): Attempts {
  const lookUps = attempts.lookUps + 1;
  const isLast = lookUps >= lookUpAfterMs.length;
  return isLast ? { ...notMade(attempts), failures: 0 } : { ...attempts, lookUps, failures: 0 };
}

/** The platform is not there: the next try of anything in this thread waits, each time twice as long. */
export function backOff(attempts: Attempts, nowMs: number): Attempts {
  const waitMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(attempts.failures, 10));
  return { ...attempts, failures: attempts.failures + 1, notBeforeMs: nowMs + waitMs };
}

/** A person has to fix something first: the next try comes after 30 s, and each further one after twice as long, at most 5 min. */
export function suspend(attempts: Attempts, nowMs: number): Attempts {
  const waitMs = Math.min(longestSuspendedMs, firstSuspendedMs * 2 ** Math.min(attempts.suspendedTries, 10));
  return { ...attempts, suspendedTries: attempts.suspendedTries + 1, notBeforeMs: nowMs + waitMs };
}

/** The trouble is over. */
export function resume(attempts: Attempts): Attempts {
  return { ...attempts, suspendedTries: 0 };
}

/** The next try may come at once. */
export function retryNow(attempts: Attempts): Attempts {
  return { ...attempts, notBeforeMs: 0 };
}

/** The platform refuses this post: the next try has a simpler form. Undefined if no form is left. */
export function simplify(attempts: Attempts, key: string, forms: readonly SimplerForm[]): Attempts | undefined {
  const current = attempts.simpler?.key === key ? forms.indexOf(attempts.simpler.form) : -1;
  const form = forms[current + 1];
  return form === undefined ? undefined : { ...attempts, simpler: { key, form } };
}

/** Milliseconds until the next try. */
export const waitMsOf = ({ notBeforeMs }: Attempts, nowMs: number): number => Math.max(0, notBeforeMs - nowMs);
