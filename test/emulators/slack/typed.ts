import { escapeEntities, normalize } from "./mrkdwn.js";
import type { Workspace } from "./workspace.js";

/** The client's conversion of typed text: names become ids, marks become entities. */
export function typedMessage(workspace: Workspace, text: string): string {
  const escaped = escapeEntities(text.replaceAll("&", "&amp;"));
  const named = replaceNames(workspace, escaped, { withLabels: false });
  return normalize(named.replace(/(?<![\w@])@(here|channel|everyone)\b/g, "<!$1>"));
}

/** The same for a slash command that asks for escaped names: `<@U123|mia>` and `<#C123|general>`. */
export const typedCommand = (workspace: Workspace, text: string): string =>
  replaceNames(workspace, escapeEntities(text.replaceAll("&", "&amp;")), { withLabels: true });

function replaceNames(workspace: Workspace, text: string, { withLabels }: { withLabels: boolean }): string {
  const label = (name: string): string => (withLabels ? `|${name}` : "");
  return text
    .replace(/(?<![\w@])@([a-z0-9_.-]*[a-z0-9])/gi, (typed, name: string) => {
      const person = workspace.people.values().find((known) => known.name === name.toLowerCase());
      return person === undefined ? typed : `<@${person.id}${label(person.name)}>`;
    })
    .replace(/(?<![\w#&])#([a-z0-9_-]+)/g, (typed, name: string) => {
      const channel = workspace.channels.values().find((known) => known.name === name);
      return channel === undefined ? typed : `<#${channel.id}|${channel.name}>`;
    });
}
