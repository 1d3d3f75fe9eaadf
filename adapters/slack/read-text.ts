/** Slack's stored mrkdwn as people read it. Pure. */

/** What an id is called; undefined where it is not known. */
export type UserNames = (userId: string) => string | undefined;

/** `<…>`: a control sequence; everything else that could be one is an entity. */
const control = /<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>/g;

/** Mentions as `@name`, channels as `#name`, labelled links as Markdown, entities unescaped; formatting marks stay. */
export function readMrkdwn(text: string, names: UserNames): string {
  let read = "";
  let from = 0;
  for (const found of text.matchAll(control)) {
    read += unescapeEntities(text.slice(from, found.index)) + readControl(found, names);
    from = found.index + found[0].length;
  }
  return read + unescapeEntities(text.slice(from));
}

function readControl(found: RegExpMatchArray, names: UserNames): string {
  const [, mark = "", body = "", label] = found;
  const shown = label === undefined || label === "" ? undefined : unescapeEntities(label);
  if (mark === "@") return `@${names(body) ?? shown?.replace(/^@/, "") ?? body}`;
  if (mark === "#") return `#${shown ?? body}`;
  if (mark === "!") return readSpecial(body, shown);
  const url = unescapeEntities(body);
  if (url.startsWith("mailto:")) return shown ?? url.slice("mailto:".length);
  if (shown === undefined || url === shown || url.endsWith(`//${shown}`)) return shown ?? url;
  return `[${shown}](${url})`;
}

/** Broadcasts, user groups and dates. */
function readSpecial(body: string, label: string | undefined): string {
  if (label !== undefined) return body.startsWith("date^") ? label : `@${label.replace(/^@/, "")}`;
  return `@${body.replace(/^subteam\^/, "")}`;
}

export const unescapeEntities = (text: string): string =>
  text.replace(/&(lt|gt|amp);/g, (_, name: string) => (name === "lt" ? "<" : name === "gt" ? ">" : "&"));

const userMention = /<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>/;
const mentionAtStart = new RegExp(`^\\s*${userMention.source}[\\s,:]*`);

/** The user whom a text begins by mentioning, and what follows. */
export function leadingMention(text: string): { userId: string; rest: string } | undefined {
  const found = mentionAtStart.exec(text);
  return found === null ? undefined : { userId: found[1] ?? "", rest: text.slice(found[0].length) };
}

/** Everybody a text mentions, once each. */
export function mentionedUsers(text: string): string[] {
  const found = [...text.matchAll(new RegExp(userMention.source, "g"))];
  return [...new Set(found.map((match) => match[1] ?? ""))];
}
