import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import { createSignInWatch, type SignInWatch } from "../kit/sign-in-watch.js";
import type { SlackClients } from "./client.js";
import { callKinds } from "./client.js";
import { toChatError } from "./errors.js";
import { missingScopes } from "./scopes.js";

/** The bot's sign-in to a workspace. */
export interface Session extends Omit<SignInWatch, "isGood"> {
  /** Parley's own ids; undefined until the token was accepted once. */
  self(): { botUserId: string; botId: string | undefined } | undefined;
  /** Whether posts may bear other names. */
  mayUseIdentities(): boolean;
}

interface SessionOptions {
  clients: SlackClients;
  clock: Clock;
  logger: Logger;
  /** The token is good, or better than before: refused calls may work now. */
  onBetter: () => void;
}

/** Signs in to Slack with the token of `clients`, and keeps watching it. */
export function createSession({ clients, clock, logger, onBetter }: SessionOptions): Session {
  let self: ReturnType<Session["self"]>;
  /** Undefined until Slack told them; then nothing is taken to be missing. */
  let scopes: readonly string[] | undefined;

  const { start, stop, problem, doubt } = createSignInWatch({
    platform: "Slack",
    async ask() {
      const answer = await clients.write.auth.test();
      self = { botUserId: answer.user_id ?? "", botId: answer.bot_id };
      scopes = answer.response_metadata?.scopes ?? scopes;
      return { problem: scopes && missingScopes(scopes), rights: scopes?.length ?? 0 };
    },
    explain: (error) => toChatError(error, { ...callKinds.read, doing: "Signing in to Slack" }).message,
    onBetter,
    clock,
    logger,
  });

  return {
    start,
    stop,
    problem,
    doubt,
    self: () => self,
    mayUseIdentities: () => scopes?.includes("chat:write.customize") ?? true,
  };
}
