import type { Delivery } from "./delivery.js";
import { type ActOutcome, type Click, clickButton, runCommand } from "./interactions.js";
import { compact } from "./json.js";
import { channelNamed, edit, keyOf, messageAt, post, remove } from "./messages.js";
import { mimetypeOf } from "./methods/files.js";
import { modalsOf } from "./methods/views.js";
import type { Channel, Json, Message, Person } from "./model.js";
import { type SeenMessage, type SeenView, seenChannel, seenThread, seenView, seenWhisper } from "./seen.js";
import { SlackError } from "./slack-error.js";
import { closeModal, type Submission, type SubmitOutcome, submitModal } from "./submissions.js";
import { typedMessage } from "./typed.js";
import type { Workspace } from "./workspace.js";

export interface Typed {
  /** Handle or id of the person. */
  readonly user: string;
  /** Name (with or without `#`) or id of the channel; a person's handle with the app means their direct messages. */
  readonly channel: string;
  readonly text: string;
  readonly threadTs?: string;
  readonly files?: readonly { readonly name: string; readonly content: string; readonly isRemote?: boolean }[];
  /** Further fields of the message as Slack sends them: `attachments` of a share, `blocks` without text, canvases in `files`. */
  readonly more?: Json;
}

export interface Pointed {
  readonly user: string;
  readonly channel: string;
  readonly ts: string;
}

/** Actions and views of people. Actions that the client would prevent are refused. */
export interface People {
  /** Types a message; `@mia`, `@parley` and `#general` are converted as the client converts them. */
  say(typed: Typed): { readonly ts: string };
  editMessage(pointed: Pointed & { readonly text: string }): void;
  deleteMessage(pointed: Pointed): void;
  react(pointed: Pointed & { readonly name: string }): void;
  /** Types `/command text`. Resolves when the app acknowledged, or when the person reads that it did not. */
  command(typed: {
    readonly user: string;
    readonly channel: string;
    readonly text: string;
    readonly threadTs?: string;
  }): Promise<ActOutcome>;
  click(click: Click): Promise<ActOutcome>;
  submit(submission: Submission): Promise<SubmitOutcome>;
  closeModal(user: string): Promise<void>;
  openHome(user: string): void;
  thread(channel: string, rootTs: string): readonly SeenMessage[];
  /** The channel's own messages, without replies. */
  channel(channel: string): readonly SeenMessage[];
  /** Content that only this person sees: private answers and the platform's complaints. */
  whispers(user: string): readonly SeenMessage[];
  /** The person's open modals; the last is on top. */
  modals(user: string): readonly SeenView[];
  home(user: string): SeenView | undefined;
}

export function personNamed(workspace: Workspace, name: string): Person {
  const bare = name.replace(/^@/, "");
  const found = workspace.people.values().find((person) => person.id === bare || person.name === bare);
  if (found === undefined) throw new SlackError("user_not_found", { user: name });
  return found;
}

export function createPeople(workspace: Workspace, delivery: Delivery): People {
  const idOf = (channel: string): string => channelNamed(workspace, channel).id;
  const who = (user: string): string => personNamed(workspace, user).id;

  return {
    say: (typed) => say(workspace, typed),
    editMessage: ({ user, channel, ts, text }) => {
      const before = ownMessage(workspace, { user, channel, ts });
      const after = { ...before, text: typedMessage(workspace, text), editedTs: workspace.nextTs() };
      edit(workspace, after, before.user ?? "");
    },
    deleteMessage: (pointed) => remove(workspace, ownMessage(workspace, pointed)),
    react: ({ user, channel, ts, name }) => react(workspace, { user: who(user), channel: idOf(channel), ts, name }),
    command: (typed) =>
      runCommand({ workspace, delivery }, { ...typed, user: who(typed.user), channel: idOf(typed.channel) }),
    click: (click) => clickButton({ workspace, delivery }, { ...click, user: who(click.user) }),
    submit: (submission) => submitModal({ workspace, delivery }, { ...submission, user: who(submission.user) }),
    closeModal: (user) => closeModal({ workspace, delivery }, who(user)),
    openHome: (user) => workspace.announce({ type: "homeOpened", user: who(user) }),
    thread: (channel, rootTs) => seenThread(workspace, idOf(channel), rootTs),
    channel: (channel) => seenChannel(workspace, idOf(channel)),
    whispers: (user) => {
      const mine = workspace.whispers.values().filter((whisper) => whisper.user === who(user));
      return mine.map((whisper) => seenWhisper(workspace, whisper));
    },
    modals: (user) => modalsOf(workspace, who(user)).map((record) => seenView(workspace, record)),
    home: (user) => {
      const id = who(user);
      const found = workspace.views.values().find((record) => record.type === "home" && record.user === id);
      return found === undefined ? undefined : seenView(workspace, found);
    },
  };
}

function say(workspace: Workspace, typed: Typed): { ts: string } {
  const person = personNamed(workspace, typed.user);
  const channel = openChannel(workspace, typed.channel, person);
  if (typed.threadTs !== undefined) needRoot(workspace, channel, typed.threadTs);
  const files = (typed.files ?? []).map((file) => keepFile(workspace, person, file));
  const message: Message = compact({
    channel: channel.id,
    ts: workspace.nextTs(),
    threadTs: typed.threadTs,
    subtype: files.length > 0 ? ("file_share" as const) : undefined,
    user: person.id,
    text: typedMessage(workspace, typed.text),
    files,
    reactions: [],
    clientMsgId: workspace.nextId("cm"),
    unfurlLinks: false,
    unfurlMedia: false,
    fromApp: false,
    more: typed.more,
  });
  return { ts: post(workspace, message).ts };
}

function openChannel(workspace: Workspace, name: string, person: Person): Channel {
  const channel = channelNamed(workspace, name);
  if (channel.archived) throw new SlackError("is_archived");
  if (!channel.members.includes(person.id)) throw new SlackError("not_in_channel");
  return channel;
}

function needRoot(workspace: Workspace, channel: Channel, threadTs: string): void {
  const root = messageAt(workspace, channel.id, threadTs);
  if (root === undefined || root.threadTs !== undefined) throw new SlackError("thread_not_found");
}

function keepFile(
  workspace: Workspace,
  person: Person,
  file: { name: string; content: string; isRemote?: boolean },
): string {
  const id = workspace.nextId("F");
  const content = Buffer.from(file.content, "utf8");
  workspace.files.put(id, {
    id,
    name: file.name,
    title: file.name,
    mimetype: mimetypeOf(file.name),
    bytes: content.byteLength,
    user: person.id,
    contentBase64: content.toString("base64"),
    state: "shared",
    ...(file.isRemote === true && { isRemote: true }),
  });
  return id;
}

function ownMessage(workspace: Workspace, { user, channel, ts }: Pointed): Message {
  const message = messageAt(workspace, channelNamed(workspace, channel).id, ts);
  if (message === undefined) throw new SlackError("message_not_found");
  if (message.user !== personNamed(workspace, user).id) throw new SlackError("cant_update_message");
  return message;
}

function react(workspace: Workspace, { user, channel, ts, name }: Pointed & { name: string }): void {
  const message = messageAt(workspace, channel, ts);
  if (message === undefined) throw new SlackError("message_not_found");
  const users = message.reactions.find((reaction) => reaction.name === name)?.users ?? [];
  if (users.includes(user)) return;
  const reactions = [
    ...message.reactions.filter((reaction) => reaction.name !== name),
    { name, users: [...users, user] },
  ];
  workspace.messages.put(keyOf(channel, ts), { ...message, reactions });
  workspace.announce({ type: "reacted", message, user, name });
}
