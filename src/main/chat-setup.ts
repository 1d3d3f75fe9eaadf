import { discordSetup } from "../../adapters/discord/setup.js";
import { slackSetup } from "../../adapters/slack/setup.js";
import type { ChatSetup } from "../ports/chat-setup.js";

/** The chat platforms as `parley setup` and `parley doctor` ask them, by name. */
export const chatSetups: Readonly<Record<"slack" | "discord", ChatSetup>> = {
  slack: slackSetup,
  discord: discordSetup,
};
