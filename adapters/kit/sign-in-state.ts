/** How often a good token is looked at again, milliseconds. Over HTTP this is also how an outage of the network is noticed. */
const goodAgainMs = 30_000;
const firstRetryMs = 500;
const maxRetryMs = 30_000;
/** However many doubts there are, there is one look in this time. */
const doubtMs = 2_000;

/** The platform's answer about a token that it accepts. */
export interface SignIn {
  /** A sentence for people about rights the token lacks. Undefined: none. */
  problem: string | undefined;
  /** How many rights the token has, where the platform counts them; more than before is better. */
  rights?: number;
}

/** Everything that is known about a token. */
export interface SignInState {
  /** Grows with every start and stop, so that a late answer can be recognised. */
  run: number;
  isWatching: boolean;
  isLooking: boolean;
  isGood: boolean;
  problem: string | undefined;
  rights: number;
  /** Looks in a row that failed. */
  failures: number;
  /** When the last look began, by the monotonic clock. */
  lookedAtMs: number;
}

/** Nothing is known and nothing is watched. `problem` says so. */
export const unreached = (problem: string): SignInState => ({
  run: 0,
  isWatching: false,
  isLooking: false,
  isGood: false,
  problem,
  rights: 0,
  failures: 0,
  lookedAtMs: Number.NEGATIVE_INFINITY,
});

/** Earlier knowledge says nothing about a new connection: the first good answer opens it. */
export const started = (state: SignInState, problem: string): SignInState => ({
  ...state,
  run: state.run + 1,
  isWatching: true,
  isLooking: false,
  isGood: false,
  problem,
});

export const stopped = (state: SignInState): SignInState => ({
  ...state,
  run: state.run + 1,
  isWatching: false,
  isLooking: false,
});

export const lookBegan = (state: SignInState, nowMs: number): SignInState => ({
  ...state,
  isLooking: true,
  lookedAtMs: nowMs,
});

/** The token was accepted. */
export const answered = (state: SignInState, { problem, rights = 0 }: SignIn): SignInState => ({
  ...state,
  isLooking: false,
  isGood: true,
  problem,
  rights,
  failures: 0,
});

/** The token was not accepted, or the platform did not answer. */
export const failed = (state: SignInState, problem: string): SignInState => ({
  ...state,
  isLooking: false,
  isGood: false,
  problem,
  failures: state.failures + 1,
});

/** Milliseconds until the next regular look. Undefined: no look is due. */
export const lookDelayMs = ({ isWatching, isGood, failures }: SignInState): number | undefined =>
  !isWatching ? undefined : isGood ? goodAgainMs : retryDelayMs(failures);

/** Milliseconds until the look that a doubt causes. Undefined: a doubt changes nothing. */
export const doubtDelayMs = (
  { isWatching, isLooking, isGood, lookedAtMs }: SignInState,
  nowMs: number,
): number | undefined => (isWatching && !isLooking && isGood ? Math.max(0, doubtMs - (nowMs - lookedAtMs)) : undefined);

/** Whether refused calls may work now. */
export const isBetter = (before: SignInState, now: SignInState): boolean =>
  now.isGood &&
  (!before.isGood || now.rights > before.rights || (now.problem === undefined && before.problem !== undefined));

/** The wait after this many consecutive failures: half a second, doubled up to 30 s. */
export const retryDelayMs = (failures: number): number =>
  Math.min(maxRetryMs, firstRetryMs * 2 ** Math.max(0, failures - 1));
