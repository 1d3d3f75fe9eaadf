import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import {
  answered,
  doubtDelayMs,
  failed,
  isBetter,
  lookBegan,
  lookDelayMs,
  type SignIn,
  type SignInState,
  started,
  stopped,
  unreached,
} from "./sign-in-state.js";

/** Keeps looking whether a platform accepts Parley's token. A bad token or a platform that is away is a state, never an exception. */
export interface SignInWatch {
  /** Looks at once, and again and again until `stop`. Resolves with the first answer, good or bad. May be called again after `stop`. */
  start(): Promise<void>;
  stop(): void;
  /** The problem with the token or its rights, as a sentence for people. */
  problem(): string | undefined;
  /** Whether the token was accepted the last time it was looked at since `start`. */
  isGood(): boolean;
  /** A call was refused: looks again soon, unless a look is under way or the token is known to be bad. */
  doubt(): void;
}

export interface SignInWatchOptions {
  /** The platform's name in sentences and logs, such as `Slack`. */
  platform: string;
  /** Asks the platform about the token. Rejects where it is not accepted or the platform does not answer. */
  ask: () => Promise<SignIn>;
  /** A sentence for people about why `ask` rejected. */
  explain: (error: unknown) => string;
  /** The token is good, or better than before: refused calls may work now. */
  onBetter: () => void;
  clock: Clock;
  logger: Logger;
}

/** Makes a watch that has not started. Its times are those of `sign-in-state.ts`. */
export function createSignInWatch(options: SignInWatchOptions): SignInWatch {
  const { platform, ask, explain, onBetter, clock, logger } = options;
  const notReached = `${platform} was not reached yet.`;
  let state = unreached(notReached);
  let cancelNext = () => {};

  async function look(): Promise<void> {
    cancelNext();
    const before = state;
    state = lookBegan(state, clock.monotonicMs());
    const settle = await ask().then(
      (signIn) => (now: SignInState) => answered(now, signIn),
      (error: unknown) => (now: SignInState) => failed(now, explain(error)),
    );
    // The answer to a cancelled check says nothing about a later start.
    if (state.run !== before.run) return;
    state = settle(state);
    lookIn(lookDelayMs(state));
    report(before);
  }

  function lookIn(delayMs: number | undefined): void {
    if (delayMs === undefined) return;
    cancelNext();
    cancelNext = clock.after(delayMs, () => void look());
  }

  function report(before: SignInState): void {
    const { problem } = state;
    if (problem !== undefined && problem !== before.problem)
      logger.warn({ problem }, `${platform}: something is not right`);
    if (problem === undefined && before.problem !== undefined) logger.info({}, `${platform}: signed in`);
    if (isBetter(before, state)) onBetter();
  }

  return {
    start() {
      state = started(state, notReached);
      return look();
    },
    stop() {
      state = stopped(state);
      cancelNext();
    },
    problem: () => state.problem,
    isGood: () => state.isGood,
    doubt: () => lookIn(doubtDelayMs(state, clock.monotonicMs())),
  };
}
