import type { Pictures } from "../pictures.js";
import type { DiscordEmulator } from "./emulator.js";
import type { Channel, Json, Message } from "./model.js";
import { escapeHtml, type Names, renderMarkdown } from "./render-markdown.js";

type Controlled = Omit<DiscordEmulator, "url" | "port" | "env">;

/** Everything the page draws for one person, in one answer. */
export function pageState(emulator: Controlled, query: URLSearchParams) {
  const { store, gateway, interactions } = emulator;
  const { state } = store;
  const me = Object.values(state.users).find(({ username, bot }) => username === (query.get("user") ?? "mia") && !bot);
  const mine = Object.values(state.channels).filter(
    ({ type, recipient }) => type === 0 || (type === 1 && recipient === me?.id),
  );
  const channel = mine.find(({ id, name }) => [id, name].includes(query.get("channel") ?? "")) ?? mine[0];
  const thread = state.channels[query.get("thread") ?? ""];
  const told = (place: Channel | undefined) =>
    place === undefined || me === undefined
      ? []
      : interactions.shownIn(me.id, place.id).map((one) => drawPrivate(emulator, one));
  return {
    people: Object.values(state.users)
      .filter(({ bot }) => !bot)
      .map(({ username, global_name: name }) => ({ user: username, name })),
    channels: mine.map(({ id, name, type }) => ({ id, name: type === 1 ? "Parley" : name, isDirect: type === 1 })),
    channel: channel && { id: channel.id, name: channel.type === 1 ? "Parley" : channel.name },
    messages: [...drawPlace(emulator, channel), ...told(channel)].sort(byId),
    thread: thread?.type === 11 ? { id: thread.id, name: thread.name, ...thread.thread_metadata } : null,
    replies: thread?.type === 11 ? [...drawPlace(emulator, thread), ...told(thread)].sort(byId) : [],
    commands: state.commands,
    app: {
      connections: gateway.connections(),
      violations: emulator.violations().slice(-50),
      pings: emulator.reach().pings.length,
    },
  };
}

const byId = (a: { id: string }, b: { id: string }): number => (BigInt(a.id) < BigInt(b.id) ? -1 : 1);

function drawPlace(emulator: Controlled, place: Channel | undefined) {
  if (place === undefined) return [];
  const root = emulator.messages.of(place.parent_id ?? "").filter(({ id }) => id === place.id);
  return [...(place.type === 11 ? root : []), ...emulator.messages.of(place.id)].map((one) => draw(emulator, one));
}

function namesOf({ store: { state } }: Controlled): Names {
  return {
    user: (id) => state.users[id]?.global_name ?? undefined,
    role: () => undefined,
    channel: (id) => state.channels[id]?.name,
  };
}

function draw(emulator: Controlled, message: Message) {
  const { state } = emulator.store;
  const names = namesOf(emulator);
  const thread = state.channels[message.id];
  return {
    id: message.id,
    channel: message.channel_id,
    name: message.author.global_name ?? message.author.username,
    face: faceOf(message, emulator.pictures),
    isApp: message.author.bot,
    at: message.timestamp,
    html: renderMarkdown(message.content, names) + message.embeds.map((one) => embedHtml(one, names)).join(""),
    rows: message.components.map(({ components }: Json) => components.map(partOf)),
    files: message.attachments.map(({ filename, size, content }) => ({
      name: filename,
      size,
      preview: content.slice(0, 600),
    })),
    edited: message.edited_timestamp !== null,
    unfurls: message.unfurls,
    thread: thread?.type === 11 ? { name: thread.name, count: emulator.messages.of(thread.id).length } : null,
    isPrivate: false,
  };
}

/** Private answers to one person. */
function drawPrivate(emulator: Controlled, { id, text, atMs }: { id: string; text: string; atMs: number }) {
  const html = renderMarkdown(text, namesOf(emulator));
  const at = new Date(atMs).toISOString();
  const empty = { rows: [], files: [], unfurls: [], edited: false, thread: null };
  return { id, channel: "", name: "Parley", face: faceless, isApp: true, at, html, isPrivate: true, ...empty };
}

interface Face {
  letter: string;
  colour: number;
  /** Its own picture, as a `data:` address. */
  picture?: string;
}

const faceless: Face = { letter: "P", colour: 5 };

/** Discord's own pictures differ by colour. */
function faceOf({ author, avatar_url: avatar = "" }: Message, pictures: Pictures): Face {
  const name = author.global_name ?? author.username;
  const picture = pictures.shown(avatar);
  const colour = /\/embed\/avatars\/(\d)\.png$/.exec(avatar)?.[1] ?? Number(BigInt(author.id) % 6n);
  return { letter: name.slice(0, 1).toUpperCase(), colour: Number(colour), ...(picture !== undefined && { picture }) };
}

function embedHtml({ title, description, fields = [], footer, color = 0 }: Json, names: Names): string {
  const parts = [
    title === undefined ? "" : `<strong class="title">${renderMarkdown(title, names)}</strong>`,
    description === undefined ? "" : renderMarkdown(description, names),
    ...fields.map(
      ({ name, value }: Json) => `<strong>${renderMarkdown(name, names)}</strong>${renderMarkdown(value, names)}`,
    ),
    footer === undefined ? "" : `<small>${escapeHtml(footer.text)}</small>`,
  ];
  return `<div class="embed" data-colour="${Number(color).toString(16).padStart(6, "0")}">${parts.join("")}</div>`;
}

const styles = ["", "primary", "secondary", "success", "danger", "link"] as const;

function partOf({ type, label, style, url, custom_id: customId, options = [], placeholder, disabled }: Json) {
  if (type === 3) return { kind: "select", customId, placeholder: placeholder ?? "", options };
  return { kind: "button", label, style: styles[style] ?? "secondary", customId, url, disabled: disabled === true };
}
