import type { FormAnswer, Inbound, Reply } from "../../../src/ports/chat-inbound.js";
import type { Answer, ChatDriver, PersonAction, Seen } from "../../contract/chat-driver.js";
import type { DiscordEmulator } from "../../emulators/discord/emulator.js";
import type { Outcome } from "../../emulators/discord/interactions.js";
import type { SeenMessage } from "../../emulators/discord/people.js";

/** A call that Parley received, and its reply. */
export interface Delivered {
  inbound: Inbound;
  reply?: Reply;
}

export interface DiscordPeople {
  act(action: PersonAction): Promise<Answer>;
  seen(messages: readonly SeenMessage[]): Seen[];
}

export const people: ChatDriver["people"] = { owner: "Mia", approver: "Ann", member: "Bob", stranger: "Eve" };
const answerPatienceMs = 5_000;

/** Ann is the approver of every contract; her id is configured there. */
export function addPeople({ people: all }: DiscordEmulator): void {
  all.add({ id: "U-ann", name: "Ann" });
}

export function createDiscordPeople(options: {
  discord: DiscordEmulator;
  /** Absent if Parley runs in a process of its own: replies to messages are not known then. */
  delivered?: readonly Delivered[];
  isHearing?: () => boolean;
}): DiscordPeople {
  const { discord, delivered, isHearing = () => true } = options;
  const cards = new Map<string, SeenMessage>();
  const forms = new Map<string, { channel: string; customId: string }>();
  let formCount = 0;

  const place = ({ channel, thread }: { channel: string; thread?: string }): string => thread ?? channel;

  async function replyTo(id: string): Promise<Reply | undefined> {
    const find = () => delivered?.find(({ inbound, reply }) => inbound.id === id && reply !== undefined)?.reply;
    return discord
      .until(() => find() ?? !isHearing(), answerPatienceMs)
      .then(
        (found) => (found === true ? undefined : found),
        () => undefined,
      );
  }

  /** A message is answered in a direct message. */
  async function answered(user: string, id: string): Promise<Answer> {
    const reply = delivered && (await replyTo(id));
    if (reply?.kind !== "text") return { id };
    const text = await discord.until(() => {
      const direct = discord.people.direct(user);
      const shown = direct === undefined ? [] : discord.people.seen(direct);
      return shown.findLast((one) => one.text.startsWith(reply.text.slice(0, 40)))?.text;
    }, answerPatienceMs);
    return { id, text };
  }

  async function outcome(user: string, channel: string, shown: Outcome & { id: string }): Promise<Answer> {
    const { id } = shown;
    switch (shown.kind) {
      case "text":
        return { id, text: shown.text };
      case "failed":
        return { id, text: shown.shown };
      case "thinking": {
        const before = discord.people.whispers(user).length;
        return { id, text: await discord.until(() => discord.people.whispers(user)[before], answerPatienceMs) };
      }
      case "modal": {
        formCount += 1;
        forms.set(String(formCount), { channel, customId: shown.customId });
        return { id, form: { id: String(formCount), label: shown.label, value: shown.value } };
      }
      default:
        return { id };
    }
  }

  async function press(action: Extract<PersonAction, { press: string }>): Promise<Answer> {
    const { user, on, isStale = false } = action;
    const direct = discord.people.direct(user);
    const open = [...discord.people.seen(place(action)), ...(direct === undefined ? [] : discord.people.seen(direct))];
    const offered = (card: SeenMessage) => [
      ...card.buttons,
      ...card.options.map(({ label, value, customId }) => ({ text: label, customId, value })),
    ];
    const hasIt = (card: SeenMessage): boolean =>
      card.text.includes(on) && offered(card).some(({ text }) => text === action.press);
    const card = open.find(hasIt) ?? (isStale ? [...cards.values()].find(hasIt) : undefined);
    const button = card && offered(card).find(({ text }) => text === action.press);
    if (card === undefined || button?.customId === undefined)
      throw new Error(`there is no button “${action.press}” on “${on}”`);
    const values = "value" in button ? { values: [String(button.value)] } : {};
    const clicked = { user, channel: card.channel, id: card.id, customId: button.customId, ...values };
    return outcome(user, card.channel, await discord.people.click(clicked));
  }

  async function command({ user, command: text, ...where }: Extract<PersonAction, { command: string }>) {
    const channel = place(where);
    const typed = optionsOf(text);
    if (typed !== undefined) return outcome(user, channel, await discord.people.command({ user, channel, ...typed }));
    // Discord accepts only registered commands: others are written as a message to Parley.
    const { id } = discord.people.say({ user, channel, text: `@parley ${text}` });
    return answered(user, id);
  }

  async function submitForm({
    user,
    form: { id },
    submit,
    answers,
    fields,
  }: Extract<PersonAction, { submit: string }>) {
    const form = forms.get(id);
    if (form === undefined) throw new Error("no such form");
    const sent = { user, ...form, ...(fields ? { values: enteredInFields(fields) } : enteredIn(submit, answers)) };
    return outcome(user, form.channel, await discord.people.submit(sent));
  }

  return {
    async act(action) {
      const { user } = action;
      if ("press" in action) return press(action);
      if ("command" in action) return command(action);
      if ("submit" in action) return submitForm(action);
      if ("edit" in action) {
        const before = delivered?.length;
        discord.people.edit({ user, channel: place(action), id: action.of, text: action.edit });
        if (delivered === undefined) return { id: action.of };
        await discord
          .until(
            () =>
              delivered
                .slice(before)
                .some(({ inbound, reply }) => inbound.id.startsWith(`${action.of}:edit:`) && reply),
            2_000,
          )
          .catch(() => undefined);
        return { id: action.of };
      }
      const { file, say, startsWithUser = false } = action;
      const files = file === undefined ? [] : [{ name: file.name, content: file.text ?? "x".repeat(file.bytes) }];
      const text = startsWithUser ? `@eve ${say}` : say;
      const { id } = discord.people.say({ user, channel: place(action), text, files });
      return answered(user, id);
    },
    seen(messages) {
      for (const message of messages) if (message.buttons.length > 0) cards.set(message.id, message);
      return messages.map(({ from, isPerson, text, buttons, options: choices, file }) => ({
        from,
        isPerson,
        text,
        buttons: [...choices.map(({ label }) => label), ...buttons.map((button) => button.text)],
        ...(file === undefined || isPerson ? {} : { file }),
      }));
    },
  };
}

/** The fields of a subcommand as typed; undefined if Discord has no fields for it. */
function optionsOf(text: string): { verb: string; options: Record<string, string> } | undefined {
  const [, verb = "", rest = ""] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
  const filled = (options: Record<string, string | undefined>) => ({
    verb,
    options: Object.fromEntries(Object.entries(options).filter((one): one is [string, string] => Boolean(one[1]))),
  });
  switch (verb) {
    case "new": {
      const [, name, agents, message] = /^(.*?)(?:\s+with\s+(.*?))?(?::\s*(.*))?$/s.exec(rest) ?? [];
      return filled({ name, agents, message });
    }
    case "add": {
      const [, role, as, room] = /^(\S+)(?:\s+as\s+(\S+))?(?:\s+in\s+(.*))?$/.exec(rest) ?? [];
      return filled({ role, as, room });
    }
    case "remove": {
      const [, agent, room] = /^(\S+)(?:\s+in\s+(.*))?$/.exec(rest) ?? [];
      return filled({ agent, room });
    }
    case "invite": {
      const [, role, room] = /^(member|viewer|approver|owner)?(?:\s*in\s+(.*))?$/.exec(rest) ?? [];
      return filled({ role, room });
    }
    case "list":
    case "help":
      return filled({});
    case "show":
    case "pause":
    case "resume":
    case "stop":
    case "close":
    case "attach":
    case "detach":
    case "who":
    case "gates":
      return filled({ room: rest });
    default:
      return undefined;
  }
}

/** What a person enters in several text fields. */
const enteredInFields = (fields: readonly string[]): Record<string, string> =>
  Object.fromEntries(fields.map((field, at) => [at === 0 ? "text" : `text${at}`, field]));

/** What a person enters: menus by question, a question without options in words, and the field for words. */
function enteredIn(value: string, answers: readonly FormAnswer[] | undefined) {
  if (!answers) return { value };
  const entered = answers.flatMap(({ question, options, text }) => [
    ...(options.length > 0 || text === undefined ? [[`q${question}`, options.map((at) => `o${at}`)] as const] : []),
    ...(text === undefined ? [] : [[`q${question}`, text] as const]),
  ]);
  return { values: Object.fromEntries(entered), ...(value !== "" && { value }) };
}
