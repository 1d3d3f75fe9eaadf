import { changeOutsideCode } from "../../src/core/text/outside-code.js";
import { readableTime } from "./address.js";
import { blockLanguage, discordCode } from "./code.js";
import type { GuildNames } from "./names.js";
import type { DiscordMention } from "./payloads.js";

/**
 * Discord's stored text as people read it: mentions of people and roles as `@name`, of channels as `#name`, times in UTC, custom
 * emoji as `:name:`; words where a name is not known. Code stays as it is, as Discord shows it; a block that Discord reads anywhere in a line is
 * put on lines of its own, as Markdown needs it. Pure.
 */
export function readContent(text: string, mentions: readonly DiscordMention[], names: GuildNames): string {
  const people = new Map(mentions.map((one) => [one.id, memberName(one, one.member?.nick ?? names.nick(one.id))]));
  const nameOf = (id: string): string | undefined => people.get(id) ?? names.nick(id) ?? undefined;
  const outside = (part: string): string => readOutside(part, nameOf, names);
  const onLines = withFencesOnLines(text);
  return changeOutsideCode(onLines, discordCode(onLines), outside);
}

function readOutside(text: string, nameOf: (id: string) => string | undefined, names: GuildNames): string {
  return text
    .replace(/<@!?(\d+)>/g, (_, id: string) => marked("@", nameOf(id), "somebody"))
    .replace(/<@&(\d+)>/g, (_, id: string) => marked("@", names.role(id), "a role"))
    .replace(/<#(\d+)>/g, (_, id: string) => marked("#", names.channel(id), "a channel"))
    .replace(/<t:(-?\d{1,13})(?::[a-zA-Z])?>/g, (_, seconds: string) => readableTime(Number(seconds) * 1_000))
    .replace(/<id:\w{1,40}(?::\d+)?>/g, "a list of channels")
    .replace(/<a?(:\w{1,40}:)\d+>/g, "$1")
    .replace(/<(\/[^:<>]{1,100}):\d+>/g, "$1");
}

const fence = "```";
/** An indent, and the mark of an item: Markdown lets them stand before a fence on its line. */
const beforeFence = /^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?$/;

/** Discord ends a block at three backticks wherever they stand, and takes words behind the first three for code. */
function withFencesOnLines(text: string): string {
  // Longer fences mean nothing to Discord; text that has them was written as Markdown.
  if (text.includes(`${fence}\``)) return text;
  let read = "";
  let from = 0;
  for (const { start, end } of discordCode(text)) {
    if (!text.startsWith(fence, start)) continue;
    const prefix = text.slice(text.lastIndexOf("\n", start) + 1, start);
    const inside = text.slice(start + fence.length, end - fence.length);
    const language = blockLanguage(inside);
    const isOpened = inside.startsWith("\n") || language !== "";
    const isClosed = /\n[ \t]*$/.test(inside) && /^[ \t]*(?:\n|$)/.test(text.slice(end));
    const isQuoted = prefix.trimStart().startsWith(">");
    if (isQuoted || (isOpened && isClosed && beforeFence.test(prefix))) continue;
    const before = read + text.slice(from, start);
    const code = inside.slice(language === "" ? 0 : language.length + 1).replace(/^\n+|\n+$/g, "");
    read = `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${fence}${language}\n${code}\n${fence}`;
    from = end;
    while (text[from] === " ") from += 1;
    if (from < text.length && text[from] !== "\n") read += "\n";
  }
  return read + text.slice(from);
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
