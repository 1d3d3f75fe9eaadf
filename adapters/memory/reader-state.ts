/** The plan for one reader. A value: each function gives the next one and changes nothing. */
export interface ReaderState {
  /** It was woken and has not begun since. */
  readonly isQueued: boolean;
  readonly isRunning: boolean;
  /** Runs in a row that threw. */
  readonly failures: number;
  /** When it is woken by itself, in monotonic milliseconds. */
  readonly dueMs?: number;
}

/** Nothing is planned and nothing runs: such a reader need not be kept. */
export const atRest: ReaderState = { isQueued: false, isRunning: false, failures: 0 };

const firstRetryMs = 100;
const maxRetryMs = 30_000;

/** 100 ms, 200 ms, … up to 30 s. */
const retryMs = (failures: number): number => Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 20));

/** Woken, by others or because its time has come. */
export function wokenNow({ isRunning, failures }: ReaderState): ReaderState {
  return { isQueued: true, isRunning, failures };
}

/** To be woken at `dueMs`. The earliest wake counts. */
export function wokenAt(state: ReaderState, dueMs: number): ReaderState {
  const isEarlierPlanned = state.isQueued || (state.dueMs !== undefined && state.dueMs <= dueMs);
  return isEarlierPlanned ? state : { ...state, dueMs };
}

/** Its run begins, which uses up its wake. */
export function runStarted(state: ReaderState): ReaderState {
  return { ...state, isQueued: false, isRunning: true };
}

/** Its run ended well. A wake that came meanwhile stays. */
export function runSucceeded(state: ReaderState): ReaderState {
  return { ...state, isRunning: false, failures: 0 };
}

/** Its run threw. A wake that came meanwhile waits for the retry: a reader that wakes itself and fails must not spin. */
export function runFailed(state: ReaderState, nowMs: number): ReaderState {
  const failures = state.failures + 1;
  return wokenAt({ ...state, isQueued: false, isRunning: false, failures }, nowMs + retryMs(failures));
}

/** Whether it can begin. */
export function isStartable({ isQueued, isRunning }: ReaderState): boolean {
  return isQueued && !isRunning;
}

/** Whether nothing is left to remember. */
export function isAtRest({ isQueued, isRunning, failures, dueMs }: ReaderState): boolean {
  return !isQueued && !isRunning && failures === 0 && dueMs === undefined;
}
