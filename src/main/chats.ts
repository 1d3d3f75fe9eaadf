import type { Config } from "../config.js";
import type { Chat } from "../ports/chat.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";

/** The chat platforms that are configured. An adapter is loaded only where it is used: the SDKs are large. */
export async function openChats(
  config: Config,
  { clock, logger }: { clock: Clock; logger: Logger },
): Promise<readonly Chat[]> {
  const { slackBotToken, slackAppToken, slackSigningSecret, slackApiUrl } = config;
  const chats: Chat[] = [];
  if (slackBotToken !== undefined) {
    const { createSlackChat } = await import("../../adapters/slack/chat.js");
    chats.push(
      createSlackChat({
        botToken: slackBotToken,
        appToken: slackAppToken,
        signingSecret: slackSigningSecret,
        apiUrl: slackApiUrl,
        clock,
        logger,
      }),
    );
  }
  const { discordBotToken, discordGuildId, discordApiUrl } = config;
  if (discordBotToken !== undefined) {
    const { createDiscordChat } = await import("../../adapters/discord/chat.js");
    chats.push(
      createDiscordChat({ botToken: discordBotToken, guildId: discordGuildId, apiUrl: discordApiUrl, clock, logger }),
    );
  }
  return chats;
}

/** Per platform: ids of those who may decide in every room. */
export function approversOf({
  slackApprovers = [],
  discordApprovers = [],
}: Config): Readonly<Record<string, readonly string[]>> {
  return { slack: slackApprovers, discord: discordApprovers };
}
