import { readFileSync } from "node:fs";
import { formatPost as formatDiscord } from "../../../adapters/discord/format.js";
import { discordSupports } from "../../../adapters/discord/limits.js";
import { formatPost as formatSlack } from "../../../adapters/slack/format.js";
import { slackSupports } from "../../../adapters/slack/limits.js";
import { splitText } from "../../../src/core/text/split-text.js";
import type { ChatPost } from "../../../src/ports/chat-post.js";
import { renderMarkdown } from "../../emulators/discord/render-markdown.js";
import { asObjects } from "../../emulators/slack/json.js";
import { renderBlocks } from "../../emulators/slack/render-blocks.js";

/** A Markdown text as agents write it. `number` counts from 1. */
export interface Sample {
  number: number;
  name: string;
  text: string;
}

const files = [1, 2, 3].map((file) => new URL(`samples-${file}.txt`, import.meta.url));

/** The texts of `samples-*.txt`: each begins with a line `%% name`. */
export const samples: readonly Sample[] = files
  .map((file) => readFileSync(file, "utf8"))
  .join("")
  .split(/^%% /m)
  .slice(1)
  .map((sample, at) => {
    const [name = "", ...lines] = sample.split("\n");
    return { number: at + 1, name, text: lines.join("\n").replace(/\n+$/, "") };
  });

const message = (text: string): ChatPost => ({
  kind: "message",
  message: {
    from: { name: "coder", displayName: "Coder", role: "coder", kind: "agent" },
    to: "room",
    text,
    // A second part has no line with recipients above it.
    part: { number: 2, count: 2 },
  },
});

const nobody = { user: (id: string) => id, channel: (id: string) => id, role: () => undefined };

/** A sample as the page of each emulator draws it. */
export interface DrawnSample {
  slack: string;
  discord: string;
}

/** Formats a text as a message for both platforms and draws it. The line with the number of the part is left out. */
export function drawSample(text: string): DrawnSample {
  const [slackPart = ""] = splitText(text, slackSupports.maxPostChars);
  const [discordPart = ""] = splitText(text, discordSupports.maxPostChars);
  const [, ...blocks] = asObjects(formatSlack(message(slackPart)).blocks);
  const { content = "", embeds = [] } = formatDiscord(message(discordPart)).body;
  const said = content.replace(/^-# part 2 of 2\n?/, "");
  const parts = [said, ...embeds.map(({ description = "" }) => description)];
  return {
    slack: renderBlocks(blocks, nobody),
    discord: parts.map((part) => renderMarkdown(part, nobody)).join(""),
  };
}

/** A text drawn as if it had been sent as it stands. */
export function drawRaw(text: string): DrawnSample {
  return {
    slack: renderBlocks([{ type: "section", text: { type: "mrkdwn", text } }], nobody),
    discord: renderMarkdown(text, nobody),
  };
}
