import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import type { SlackClients } from "./client.js";
import { callKinds } from "./client.js";
import { toChatError } from "./errors.js";
import { missingScopes } from "./scopes.js";

/**
 * How often a good token is looked at again, and the waits while it is not good. Over HTTP this is also how an outage of
 * the network is noticed: then threads are caught up.
 */
const goodAgainMs = 30_000;
const firstRetryMs = 500;
const maxRetryMs = 30_000;
/** However many doubts there are, there is one look in this time. */
const doubtMs = 2_000;

export interface Session {
  /** Looks at the token, and goes on doing so until `stop`. Resolves with the first answer, good or bad. */
  start(): Promise<void>;
  stop(): void;
  /** Parley's own ids; undefined until the token was accepted once. */
  self(): { botUserId: string; botId: string | undefined } | undefined;
  /** What is wrong with token or scopes, for people. */
  problem(): string | undefined;
  /** Whether posts may bear other names. */
  mayUseIdentities(): boolean;
  /** A call was refused for token or scope: look again soon. */
  doubt(): void;
}

interface SessionOptions {
  clients: SlackClients;
  clock: Clock;
  logger: Logger;
  /** The token is good, or better than before: what was refused may work now. */
  onBetter: () => void;
}

/** The bot's standing in the workspace. A bad token or an absent Slack is a state, never an exception. */
export function createSession({ clients, clock, logger, onBetter }: SessionOptions): Session {
  let self: ReturnType<Session["self"]>;
  let problem: string | undefined = "Slack was not reached yet.";
  /** Undefined until Slack told them; then nothing is taken to be missing. */
  let scopes: readonly string[] | undefined;
  let isGood = false;
  let failures = 0;
  let lastLookMs = Number.NEGATIVE_INFINITY;
  let cancelNext: (() => void) | undefined;
  let isLooking = false;
  let isStopped = false;

  async function look(): Promise<void> {
    lookIn(Number.POSITIVE_INFINITY);
    isLooking = true;
    lastLookMs = clock.monotonicMs();
    const before = { problem, isGood, scopes: scopes?.length ?? 0 };
    try {
      const answer = await clients.write.auth.test();
      self = { botUserId: answer.user_id ?? "", botId: answer.bot_id };
      scopes = answer.response_metadata?.scopes ?? scopes;
      problem = scopes && missingScopes(scopes);
      isGood = true;
      failures = 0;
    } catch (error) {
      problem = toChatError(error, { ...callKinds.read, doing: "Signing in to Slack" }).message;
      isGood = false;
      failures += 1;
    }
    isLooking = false;
    if (isStopped) return;
    lookIn(isGood ? goodAgainMs : retryMs(failures));
    tell(before);
  }

  /** Infinity: not at all. */
  function lookIn(delayMs: number): void {
    cancelNext?.();
    cancelNext = Number.isFinite(delayMs) ? clock.after(delayMs, () => void look()) : undefined;
  }

  function tell(before: { problem: string | undefined; isGood: boolean; scopes: number }): void {
    if (problem !== undefined && problem !== before.problem) logger.warn({ problem }, "Slack: something is not right");
    if (problem === undefined && before.problem !== undefined) logger.info({}, "Slack: signed in");
    if (isGood && (!before.isGood || (scopes?.length ?? 0) > before.scopes)) onBetter();
  }

  return {
    start: look,
    stop() {
      isStopped = true;
      lookIn(Number.POSITIVE_INFINITY);
    },
    self: () => self,
    problem: () => problem,
    mayUseIdentities: () => scopes?.includes("chat:write.customize") ?? true,
    doubt() {
      if (isStopped || isLooking || !isGood) return;
      lookIn(Math.max(0, doubtMs - (clock.monotonicMs() - lastLookMs)));
    },
  };
}

export const retryMs = (failures: number): number =>
  Math.min(maxRetryMs, firstRetryMs * 2 ** Math.max(0, failures - 1));
