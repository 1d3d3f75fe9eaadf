import { Routes } from "discord.js";
import { z } from "zod";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import { createSignInWatch, type SignInWatch } from "../kit/sign-in-watch.js";
import { calling, callKinds, type DiscordClient } from "./client.js";
import { toChatError } from "./errors.js";
import { missingPermissions } from "./permissions.js";

/** Gateway Message Content, with and without Discord's review. */
const contentFlags = (1 << 18) | (1 << 19);

export const contentProblem =
  "The Discord app may not read messages (Message Content Intent is off). Turn it on on the app's Bot page and restart Parley; until then only commands and messages that mention Parley are heard.";

export interface Self {
  botUserId: string;
  applicationId: string;
}

/** The bot's sign-in to Discord. */
export interface Session extends SignInWatch {
  /** Parley's own ids; undefined until the token was accepted once. */
  self(): Self | undefined;
  /** The same, asked for where it is not known: a process that only posts has not signed in. */
  identify(): Promise<Self>;
  mayReadContent(): boolean;
}

interface SessionOptions {
  client: DiscordClient;
  guildId: string | undefined;
  clock: Clock;
  logger: Logger;
  /** The token is good, or has more permissions than before: refused calls may work now. */
  onBetter: () => void;
}

const me = z.object({ id: z.string() });
const application = z.object({ id: z.string(), flags: z.number().default(0) });
const member = z.object({ roles: z.array(z.string()) });
const guild = z.object({
  owner_id: z.string().optional(),
  roles: z.array(z.object({ id: z.string(), permissions: z.string() })),
});

/** Signs in to Discord with the token of `client`, and keeps watching it. */
export function createSession({ client, guildId, clock, logger, onBetter }: SessionOptions): Session {
  let self: Self | undefined;
  let readsContent = true;

  async function identify(): Promise<Self> {
    const bot = me.parse(await client.rest().get(Routes.user("@me")));
    const app = application.parse(await client.rest().get(Routes.currentApplication()));
    self = { botUserId: bot.id, applicationId: app.id };
    readsContent = (app.flags & contentFlags) !== 0;
    return self;
  }

  async function findProblem(): Promise<string | undefined> {
    const bot = { id: (await identify()).botUserId };
    if (guildId === undefined) return undefined;
    const { roles } = guild.parse(await client.rest().get(Routes.guild(guildId)));
    const own = member.parse(await client.rest().get(Routes.guildMember(guildId, bot.id)));
    const granted = roles
      .filter(({ id }) => id === guildId || own.roles.includes(id))
      .reduce((sum, { permissions }) => sum | BigInt(permissions), 0n);
    return missingPermissions(granted);
  }

  const watch = createSignInWatch({
    platform: "Discord",
    ask: async () => ({ problem: await findProblem() }),
    explain: (error) => toChatError(error, { ...callKinds.read, doing: "Signing in to Discord" }).message,
    onBetter,
    clock,
    logger,
  });

  return {
    ...watch,
    self: () => self,
    identify: async () => self ?? calling("read", "Signing in to Discord", identify),
    mayReadContent: () => readsContent,
  };
}
