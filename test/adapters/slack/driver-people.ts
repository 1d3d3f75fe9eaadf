import type { FormAnswer, Inbound, Reply } from "../../../src/ports/chat-inbound.js";
import type { Answer, ChatDriver, PersonAction, Seen } from "../../contract/chat-driver.js";
import type { SlackEmulator } from "../../emulators/slack/emulator.js";
import type { SeenMessage } from "../../emulators/slack/seen.js";

/** A call that Parley received, and its reply. */
export interface Delivered {
  inbound: Inbound;
  reply?: Reply;
}

/** People of the emulated workspace, and their actions that exist in Slack only. */
export interface SlackPeople {
  act(action: PersonAction): Promise<Answer>;
  seen(messages: readonly SeenMessage[]): Seen[];
  direct(user: string): string | undefined;
}

export const people: ChatDriver["people"] = { owner: "Mia", approver: "Ann", member: "Bob", stranger: "Eve" };

export const userIds: Readonly<Record<string, string>> = {
  Mia: "U000MIA",
  Ann: "U-ann",
  Bob: "U000BOB",
  Eve: "U000EVE",
};
const answerPatienceMs = 5_000;

/** Puts everybody of the contract into the workspace and into both channels. */
export function addPeople({ workspace }: SlackEmulator): void {
  for (const [name, id] of Object.entries(userIds)) {
    const more = { displayName: name, realName: name, avatar: "🐻", isBot: false, deleted: false };
    workspace.people.put(id, { id, name: name.toLowerCase(), ...more });
    for (const channel of workspace.channels.values().filter(({ kind }) => kind === "public"))
      workspace.channels.put(channel.id, { ...channel, members: [...new Set([...channel.members, id])] });
  }
}

export function createSlackPeople(options: {
  slack: SlackEmulator;
  delivered: readonly Delivered[];
  /** Whether Parley can hear at this moment. */
  isHearing: () => boolean;
}): SlackPeople {
  const { slack, delivered, isHearing } = options;
  const cards = new Map<string, SeenMessage>();
  const handle = (user: string): string => user.toLowerCase();

  const direct = (user: string): string | undefined =>
    slack.workspace.channels
      .values()
      .find(({ kind, members }) => kind === "im" && members.includes(userIds[user] ?? ""))?.id;

  /** The reply to the delivery with this id, once the person can see it; undefined without a listener. */
  async function replyTo(matches: (inbound: Inbound) => boolean): Promise<Reply | undefined> {
    const find = () => delivered.find(({ inbound, reply }) => matches(inbound) && reply !== undefined)?.reply;
    return slack
      .until(() => find() ?? !isHearing(), answerPatienceMs)
      .then(
        (found) => (found === true ? undefined : found),
        () => undefined,
      );
  }

  /** The person's messages, read from Slack. */
  async function shown(user: string, id: string, reply: Reply | undefined): Promise<Answer> {
    if (reply === undefined || reply.kind === "none") return { id };
    if (reply.kind === "form") {
      const modal = await slack.until(() => slack.people.modals(handle(user)).at(-1), answerPatienceMs);
      const [field] = modal.fields;
      return { id, form: { id: modal.viewId, label: field?.label ?? "", value: field?.value ?? "" } };
    }
    const isIt = (text: string): boolean => text.startsWith(reply.text.slice(0, 1_000));
    const text = await slack.until(() => {
      const whispered = slack.people.whispers(handle(user)).map((one) => one.text);
      const inModal = slack.people.modals(handle(user)).map((one) => one.text);
      return [...whispered, ...inModal].findLast(isIt);
    }, answerPatienceMs);
    return { id, text };
  }

  async function write(user: string, typed: Parameters<SlackEmulator["people"]["say"]>[0]): Promise<Answer> {
    const { ts } = slack.people.say(typed);
    const id = `${typed.channel}:${ts}`;
    return shown(user, id, await replyTo((inbound) => inbound.id === id));
  }

  async function press(action: Extract<PersonAction, { press: string }>): Promise<Answer> {
    const { user, channel, thread, on, isStale = false } = action;
    const here = thread === undefined ? [] : slack.people.thread(channel, thread);
    const inPrivate = slack.people.channel(direct(user) ?? channel);
    const hasIt = (card: SeenMessage): boolean =>
      card.text.includes(on) && card.buttons.some(({ text }) => text === action.press);
    const card = [...here, ...inPrivate].find(hasIt) ?? (isStale ? [...cards.values()].find(hasIt) : undefined);
    const button = card?.buttons.find(({ text }) => text === action.press);
    if (card === undefined || button === undefined) throw new Error(`there is no button “${action.press}” on “${on}”`);
    const clicked = { user: handle(user), channel: card.channel, ts: card.ts, actionId: button.actionId };
    const outcome = await slack.people.click(isStale ? { ...clicked, seen: card } : clicked);
    if (!outcome.ok) return { id: "", text: outcome.shown };
    const id = `press:${outcome.triggerId}`;
    return shown(user, id, await replyTo((inbound) => inbound.id === id));
  }

  async function submit({
    user,
    form,
    submit,
    answers,
    fields,
  }: Extract<PersonAction, { submit: string }>): Promise<Answer> {
    const before = delivered.length;
    const outcome = await slack.people.submit({
      user: handle(user),
      viewId: form.id,
      values: fields ? enteredInFields(fields) : enteredIn(submit, answers),
    });
    const sent = delivered.slice(before).find(({ inbound }) => inbound.user.id === userIds[user]);
    const id = sent?.inbound.id ?? "";
    if (outcome.result === "errors") return { id, text: Object.values(outcome.errors).join(" ") };
    if (outcome.result !== "updated") return { id };
    const text = slack.people.modals(handle(user)).at(-1)?.text ?? "";
    await slack.people.closeModal(handle(user));
    return { id, text };
  }

  function say(action: Extract<PersonAction, { say: string }>): Promise<Answer> {
    const { user, channel, thread, file, startsWithUser = false } = action;
    const place = { user: handle(user), channel, ...(thread === undefined ? {} : { threadTs: thread }) };
    const files = file === undefined ? [] : [{ name: file.name, content: file.text ?? "x".repeat(file.bytes) }];
    return write(user, { ...place, text: startsWithUser ? `@eve ${action.say}` : action.say, files });
  }

  async function edit({ user, channel, of, edit: text }: Extract<PersonAction, { edit: string }>): Promise<Answer> {
    slack.people.editMessage({ user: handle(user), channel, ts: of.split(":")[1] ?? "", text });
    return shown(user, of, await replyTo(({ id }) => id.startsWith(`${of}:edit:`)));
  }

  /** In a thread Slack has no commands: there it is a message that begins with Parley's name. */
  async function command(action: Extract<PersonAction, { command: string }>): Promise<Answer> {
    const { user, channel, thread } = action;
    if (thread !== undefined)
      return write(user, { user: handle(user), channel, threadTs: thread, text: `@parley ${action.command}` });
    const outcome = await slack.people.command({ user: handle(user), channel, text: `/room ${action.command}` });
    if (!outcome.ok) return { id: "", text: outcome.shown };
    const id = `slash:${outcome.triggerId}`;
    return shown(user, id, await replyTo((inbound) => inbound.id === id));
  }

  return {
    direct,
    act(action) {
      if ("press" in action) return press(action);
      if ("submit" in action) return submit(action);
      if ("edit" in action) return edit(action);
      return "say" in action ? say(action) : command(action);
    },
    seen(messages) {
      for (const message of messages) if (message.buttons.length > 0) cards.set(message.ts, message);
      return seenBy(messages);
    },
  };
}

/** The text of these messages as people see it. */
export function seenBy(messages: readonly SeenMessage[]): Seen[] {
  const files = messages.flatMap((message) => message.files);
  return messages.filter((message) => !isFileAlone(message)).flatMap((message) => seenMessage(message, files));
}

/** The post of one file of a message: its name and size. */
const carriedFile = /`?([\w.-]+\.\w+)`?, \d[\d.]* (?:B|KB|MB)$/;

/** A post that says that it has a file is whole when the file is there. */
function seenMessage({ author, text, buttons }: SeenMessage, files: SeenMessage["files"]): Seen[] {
  const named = (/ is in the file ([\w.-]+\.(?:md|json))\b/.exec(text) ?? carriedFile.exec(text))?.[1];
  const file = files.find(({ name }) => name === named);
  if (named !== undefined && file === undefined) return [];
  const shown = { from: author.name, isPerson: !author.isApp, text, buttons: buttons.map((button) => button.text) };
  return [file === undefined ? shown : { ...shown, file: file.content }];
}

/** Slack shows a file of the app as a message of its own. */
const isFileAlone = ({ text, files, author }: Pick<SeenMessage, "text" | "files" | "author">): boolean =>
  author.isApp && text === "" && files.length > 0;

/** What a person enters in several text fields. */
export const enteredInFields = (fields: readonly string[]): Record<string, string> =>
  Object.fromEntries(fields.map((field, at) => [at === 0 ? "text" : `text${at}`, field]));

/** What a person enters: the one text field, or what belongs to each question. */
export function enteredIn(text: string, answers: readonly FormAnswer[] | undefined): Record<string, string | string[]> {
  if (!answers) return { text };
  const entered = answers.flatMap(({ question, options, text: words }) => [
    ...(options.length > 0 ? [[`q${question}`, options.map((at) => `o${at}`)] as const] : []),
    ...(words === undefined ? [] : [[`t${question}`, words] as const]),
  ]);
  return Object.fromEntries(entered);
}
