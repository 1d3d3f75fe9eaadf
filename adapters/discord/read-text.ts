import { readableTime } from "./address.js";
import type { GuildNames } from "./names.js";
import type { DiscordMention } from "./payloads.js";

/**
 * Discord's stored text as people read it: mentions of people and roles as `@name`, of channels as `#name`, times in UTC, custom
 * emoji as `:name:`; words where a name is not known. Pure.
 */
export function readContent(text: string, mentions: readonly DiscordMention[], names: GuildNames): string {
  const people = new Map(mentions.map((one) => [one.id, memberName(one, one.member?.nick ?? names.nick(one.id))]));
  const nameOf = (id: string): string | undefined => people.get(id) ?? names.nick(id) ?? undefined;
  return text
    .replace(/<@!?(\d+)>/g, (_, id: string) => marked("@", nameOf(id), "somebody"))
    .replace(/<@&(\d+)>/g, (_, id: string) => marked("@", names.role(id), "a role"))
    .replace(/<#(\d+)>/g, (_, id: string) => marked("#", names.channel(id), "a channel"))
    .replace(/<t:(-?\d{1,13})(?::[a-zA-Z])?>/g, (_, seconds: string) => readableTime(Number(seconds) * 1_000))
    .replace(/<id:\w{1,40}(?::\d+)?>/g, "a list of channels")
    .replace(/<a?(:\w{1,40}:)\d+>/g, "$1")
    .replace(/<(\/[^:<>]{1,100}):\d+>/g, "$1");
}

/** The name shown beside a person's messages. */
export function memberName(
  user: { username: string; global_name?: string | null | undefined },
  nick: string | null | undefined,
): string {
  return nick ?? user.global_name ?? user.username;
}

const marked = (mark: string, name: string | undefined, otherwise: string): string =>
  name === undefined ? otherwise : mark + name;

/** The user whom a text begins by mentioning, and what follows. */
export function leadingMention(text: string): { userId: string; rest: string } | undefined {
  const found = /^\s*<@!?(\d+)>[\s,:]*/.exec(text);
  return found === null ? undefined : { userId: found[1] ?? "", rest: text.slice(found[0].length) };
}
