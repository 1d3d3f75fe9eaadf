import { Routes } from "discord.js";
import { z } from "zod";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import { calling, callKinds, type DiscordClient } from "./client.js";
import { toChatError } from "./errors.js";
import { missingPermissions } from "./permissions.js";

/** How often a good token is looked at again, and the waits while it is not good. */
const goodAgainMs = 30_000;
const firstRetryMs = 500;
const maxRetryMs = 30_000;
const notReached = "Discord was not reached yet.";
/** However many doubts there are, there is one look in this time. */
const doubtMs = 2_000;

/** Gateway Message Content, with and without Discord's review. */
const contentFlags = (1 << 18) | (1 << 19);

export const contentProblem =
  "The Discord app may not read messages (Message Content Intent is off). Turn it on on the app's Bot page and restart Parley; until then only commands and messages that mention Parley are heard.";

export interface Self {
  botUserId: string;
  applicationId: string;
}

export interface Session {
  /** Looks at the token, and goes on doing so until `stop`; again after `stop`, as for the first time. Resolves with the first answer, good or bad. */
  start(): Promise<void>;
  stop(): void;
  /** Parley's own ids; undefined until the token was accepted once. */
  self(): Self | undefined;
  /** The same, asked for where it is not known: a process that only posts has not signed in. */
  identify(): Promise<Self>;
  /** What is wrong with token or permissions, for people. */
  problem(): string | undefined;
  isGood(): boolean;
  mayReadContent(): boolean;
  /** A call was refused: look again soon. */
  doubt(): void;
}

interface SessionOptions {
  client: DiscordClient;
  guildId: string | undefined;
  clock: Clock;
  logger: Logger;
  /** The token is good, or more is permitted than before: what was refused may work now. */
  onBetter: () => void;
}

const me = z.object({ id: z.string() });
const application = z.object({ id: z.string(), flags: z.number().default(0) });
const member = z.object({ roles: z.array(z.string()) });
const guild = z.object({
  owner_id: z.string().optional(),
  roles: z.array(z.object({ id: z.string(), permissions: z.string() })),
});

/** The bot's standing. A bad token or an absent Discord is a state, never an exception. */
export function createSession({ client, guildId, clock, logger, onBetter }: SessionOptions): Session {
  let self: Self | undefined;
  let problem: string | undefined = notReached;
  let isGood = false;
  let readsContent = true;
  let failures = 0;
  let lastLookMs = Number.NEGATIVE_INFINITY;
  let cancelNext: (() => void) | undefined;
  let isLooking = false;
  let isStopped = false;

  async function identify(): Promise<Self> {
    const bot = me.parse(await client.rest().get(Routes.user("@me")));
    const app = application.parse(await client.rest().get(Routes.currentApplication()));
    self = { botUserId: bot.id, applicationId: app.id };
    readsContent = (app.flags & contentFlags) !== 0;
    return self;
  }

  async function ask(): Promise<string | undefined> {
    const bot = { id: (await identify()).botUserId };
    if (guildId === undefined) return undefined;
    const { roles } = guild.parse(await client.rest().get(Routes.guild(guildId)));
    const own = member.parse(await client.rest().get(Routes.guildMember(guildId, bot.id)));
    const granted = roles
      .filter(({ id }) => id === guildId || own.roles.includes(id))
      .reduce((sum, { permissions }) => sum | BigInt(permissions), 0n);
    return missingPermissions(granted);
  }

  async function look(): Promise<void> {
    lookIn(Number.POSITIVE_INFINITY);
    isLooking = true;
    lastLookMs = clock.monotonicMs();
    const before = { problem, isGood };
    try {
      problem = await ask();
      isGood = true;
      failures = 0;
    } catch (error) {
      problem = toChatError(error, { ...callKinds.read, doing: "Signing in to Discord" }).message;
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

  function tell(before: { problem: string | undefined; isGood: boolean }): void {
    if (problem !== undefined && problem !== before.problem)
      logger.warn({ problem }, "Discord: something is not right");
    if (problem === undefined && before.problem !== undefined) logger.info({}, "Discord: signed in");
    if (isGood && (!before.isGood || (problem === undefined && before.problem !== undefined))) onBetter();
  }

  return {
    start() {
      isStopped = false;
      // What was known says nothing of the new connection: the first good answer opens it.
      isGood = false;
      problem = notReached;
      return look();
    },
    stop() {
      isStopped = true;
      lookIn(Number.POSITIVE_INFINITY);
    },
    self: () => self,
    identify: async () => self ?? calling("read", "Signing in to Discord", identify),
    problem: () => problem,
    isGood: () => isGood,
    mayReadContent: () => readsContent,
    doubt() {
      if (isStopped || isLooking || !isGood) return;
      lookIn(Math.max(0, doubtMs - (clock.monotonicMs() - lastLookMs)));
    },
  };
}

export const retryMs = (failures: number): number =>
  Math.min(maxRetryMs, firstRetryMs * 2 ** Math.max(0, failures - 1));
