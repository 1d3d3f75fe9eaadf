import { setTimeout as pause } from "node:timers/promises";
import type { Answer, PersonAction, Seen } from "../../contract/chat-driver.js";
import type { SlackEmulator } from "../../emulators/slack/emulator.js";
import type { SeenMessage } from "../../emulators/slack/seen.js";
import { enteredIn, enteredInFields, seenBy, userIds } from "./driver-people.js";

/** Longest that a person looks for a private answer to a button or a command. */
const patienceMs = 5_000;

/** People of the workspace who know no more than what Slack shows them. */
export function createProcessPeople(slack: SlackEmulator): {
  act(action: PersonAction): Promise<Answer>;
  seenPrivately(user: string): Seen[];
} {
  const handle = (user: string): string => user.toLowerCase();
  const direct = (user: string): string | undefined =>
    slack.workspace.channels
      .values()
      .find(({ kind, members }) => kind === "im" && members.includes(userIds[user] ?? ""))?.id;

  /** The new answer to this person after `run`: a private text, or a form. */
  async function answered(user: string, id: string, run: () => Promise<string | undefined>): Promise<Answer> {
    const whispers = slack.people.whispers(handle(user)).length;
    const modals = slack.people.modals(handle(user)).length;
    const refused = await run();
    if (refused !== undefined) return { id, text: refused };
    const endMs = Date.now() + patienceMs;
    while (Date.now() < endMs) {
      const modal = slack.people.modals(handle(user))[modals];
      const [field] = modal?.fields ?? [];
      if (modal && field) return { id, form: { id: modal.viewId, label: field.label, value: field.value ?? "" } };
      const whisper = slack.people.whispers(handle(user))[whispers];
      if (whisper) return { id, text: whisper.text };
      await pause(20);
    }
    return { id };
  }

  async function say(action: Extract<PersonAction, { say: string }>): Promise<Answer> {
    const { user, channel, thread, say: text, file } = action;
    const files = file === undefined ? [] : [{ name: file.name, content: file.text ?? "x".repeat(file.bytes) }];
    const place = { user: handle(user), channel, ...(thread === undefined ? {} : { threadTs: thread }) };
    return { id: `${channel}:${slack.people.say({ ...place, text, files }).ts}` };
  }

  function press({ user, channel, thread, on, press: label }: Extract<PersonAction, { press: string }>) {
    const here = thread === undefined ? [] : slack.people.thread(channel, thread);
    const inPrivate = slack.people.channel(direct(user) ?? channel);
    const hasIt = (card: SeenMessage): boolean =>
      card.text.includes(on) && card.buttons.some(({ text }) => text === label);
    const card = [...here, ...inPrivate].find(hasIt);
    const button = card?.buttons.find(({ text }) => text === label);
    if (card === undefined || button === undefined) throw new Error(`there is no button “${label}” on “${on}”`);
    return answered(user, "", async () => {
      const clicked = { user: handle(user), channel: card.channel, ts: card.ts, actionId: button.actionId };
      const outcome = await slack.people.click(clicked);
      return outcome.ok ? undefined : outcome.shown;
    });
  }

  async function submit({
    user,
    form,
    submit: text,
    answers,
    fields,
  }: Extract<PersonAction, { submit: string }>): Promise<Answer> {
    const outcome = await slack.people.submit({
      user: handle(user),
      viewId: form.id,
      values: fields ? enteredInFields(fields) : enteredIn(text, answers),
    });
    return outcome.result === "errors" ? { id: "", text: Object.values(outcome.errors).join(" ") } : { id: "" };
  }

  function command({ user, channel, thread, command: text }: Extract<PersonAction, { command: string }>) {
    const typed = { user: handle(user), channel };
    return answered(user, "", async () => {
      if (thread !== undefined) {
        slack.people.say({ ...typed, threadTs: thread, text: `@parley ${text}` });
        return undefined;
      }
      const outcome = await slack.people.command({ ...typed, text: `/room ${text}` });
      return outcome.ok ? undefined : outcome.shown;
    });
  }

  return {
    seenPrivately: (user) => {
      const channel = direct(user);
      return channel === undefined ? [] : seenBy(slack.people.channel(channel));
    },
    act(action) {
      if ("press" in action) return press(action);
      if ("submit" in action) return submit(action);
      if ("edit" in action) return Promise.reject(new Error("not done here"));
      return "say" in action ? say(action) : command(action);
    },
  };
}
