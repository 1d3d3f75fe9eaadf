import type { SlackEmulator } from "./emulator.js";
import { renderBlocks } from "./render-blocks.js";
import { escapeHtml, renderMrkdwn, withEmoji } from "./render-text.js";
import { namesOf, type SeenMessage, type SeenView } from "./seen.js";
import type { Workspace } from "./workspace.js";

type Controlled = Omit<SlackEmulator, "url" | "port" | "env">;

/** Everything the page draws for one person, in one answer. */
export function pageState(emulator: Controlled, query: URLSearchParams) {
  const { workspace, people } = emulator;
  const user = query.get("user") ?? "mia";
  const channel = query.get("channel") ?? "general";
  const thread = query.get("thread") ?? "";
  const me = workspace.people.values().find((person) => person.name === user);
  const mine = workspace.channels.values().filter((known) => me !== undefined && known.members.includes(me.id));
  const open = mine.find((known) => known.name === channel || known.id === channel) ?? mine[0];
  const whispers = people.whispers(user).filter((whisper) => whisper.channel === open?.id);
  const draw = (message: SeenMessage) => drawMessage(workspace, message);
  const merged = (messages: readonly SeenMessage[], threadTs: string | undefined) =>
    [...messages, ...whispers.filter((whisper) => whisper.threadTs === threadTs)]
      .sort((a, b) => Number(a.ts) - Number(b.ts))
      .map(draw);
  return {
    team: workspace.team.name,
    people: workspace.people
      .values()
      .filter((person) => !person.isBot)
      .map(({ name, displayName, avatar }) => ({ name, displayName, avatar })),
    channels: mine.map((known) => ({
      id: known.id,
      name: nameOf(workspace, known.id, me?.id),
      kind: known.kind,
      archived: known.archived,
    })),
    channel:
      open === undefined
        ? null
        : {
            id: open.id,
            name: nameOf(workspace, open.id, me?.id),
            topic: open.topic,
            archived: open.archived,
            count: open.members.length,
          },
    messages: open === undefined ? [] : merged(people.channel(open.id), undefined),
    thread: open === undefined || thread === "" ? [] : merged(people.thread(open.id, thread), thread),
    modals: people.modals(user).map((view) => drawView(workspace, view)),
    app: {
      connections: emulator.socketMode.connections(),
      mode: workspace.app().requestUrl === "" ? "Socket Mode" : "HTTP",
      pending: emulator.pendingDeliveries(),
      violations: emulator
        .violations()
        .slice(-50)
        .map(({ rule, detail }) => ({ rule, detail })),
    },
  };
}

function nameOf(workspace: Workspace, id: string, me: string | undefined): string {
  const channel = workspace.channels.get(id);
  if (channel === undefined || channel.kind !== "im") return channel?.name ?? id;
  const other = channel.members.find((member) => member !== me) ?? "";
  return workspace.people.get(other)?.displayName ?? other;
}

function drawMessage(workspace: Workspace, message: SeenMessage) {
  const names = namesOf(workspace);
  const html =
    message.blocks.length > 0
      ? renderBlocks(message.blocks, names)
      : renderMrkdwn(storedText(workspace, message), names);
  const icon = withEmoji(message.author.icon);
  const picture = workspace.pictures.shown(message.author.icon);
  return {
    channel: message.channel,
    ts: message.ts,
    name: message.author.name,
    icon: /^(?:https?|:)/.test(icon) ? message.author.name.slice(0, 1).toUpperCase() : icon,
    ...(picture !== undefined && { picture }),
    isApp: message.author.isApp,
    html,
    edited: message.edited,
    private: message.onlyFor !== undefined,
    replies: message.replies,
    files: message.files.map((file) => ({ title: file.title, preview: file.content.slice(0, 600) })),
    reactions: message.reactions.map(({ name, users }) => ({ emoji: withEmoji(`:${name}:`), count: users.length })),
    unfurls: message.unfurls,
  };
}

function storedText(workspace: Workspace, { channel, ts }: SeenMessage): string {
  return workspace.messages.get(`${channel}:${ts}`)?.text ?? workspace.whispers.get(ts)?.text ?? "";
}

const drawView = (workspace: Workspace, view: SeenView) => ({
  viewId: view.viewId,
  title: view.title,
  submit: view.submit,
  html: renderBlocks(view.blocks, namesOf(workspace), view.errors),
  errors: Object.values(view.errors).map(escapeHtml),
});
