import type { DiscordMessage } from "./payloads.js";

/** Discord's stored text as people read it: mentions as `@name`, custom emoji as `:name:`. Pure. */
export function readContent(text: string, mentions: DiscordMessage["mentions"]): string {
  const names = new Map(mentions.map((one) => [one.id, one.global_name ?? one.username]));
  return text
    .replace(/<@!?(\d+)>/g, (_, id: string) => `@${names.get(id) ?? id}`)
    .replace(/<@&(\d+)>/g, "@$1")
    .replace(/<#(\d+)>/g, "#$1")
    .replace(/<a?(:\w{1,40}:)\d+>/g, "$1")
    .replace(/<(\/[^:<>]{1,100}):\d+>/g, "$1");
}

/** The user whom a text begins by mentioning, and what follows. */
export function leadingMention(text: string): { userId: string; rest: string } | undefined {
  const found = /^\s*<@!?(\d+)>[\s,:]*/.exec(text);
  return found === null ? undefined : { userId: found[1] ?? "", rest: text.slice(found[0].length) };
}
