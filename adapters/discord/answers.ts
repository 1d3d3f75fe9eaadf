import { Routes } from "discord.js";
import type { ChatDoor, Inbound, Reply } from "../../src/ports/chat-inbound.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import { type Settled, settle } from "../kit/settle.js";
import type { DiscordClient } from "./client.js";
import { focusedOption } from "./commands.js";
import { privateText } from "./format.js";
import { limits } from "./limits.js";
import { formModal } from "./modals.js";
import { type Place, parseInteraction, placeOf, platform } from "./parse.js";
import type { Interaction } from "./payloads.js";
import type { Places } from "./places.js";

/** Discord waits 3 s for the first answer. */
const timeoutMs = 2_100;
const ephemeral = 1 << 6;
const autocomplete = 4;

const words = {
  failed: "Parley could not store this, so nothing happened. Please do it again.",
  lateForm: "Parley was too slow to open the form. Please press the button again.",
  noForm: "This needs a form, which Discord opens only for a button or for /room.",
  done: "Done.",
} as const;

const callback = { answer: 4, deferAnswer: 5, deferUpdate: 6, complete: 8, modal: 9 } as const;

export interface AnswersOptions {
  door: ChatDoor;
  client: DiscordClient;
  places: Places;
  clock: Clock;
  logger: Logger;
}

/** Passes the actions of people to the bridge, and the replies to the person who acted. */
export interface Answers {
  interaction(one: Interaction): Promise<void>;
  /** Discord does not resend messages: a message that could not be stored is caught up later. */
  message(inbound: Inbound): Promise<void>;
}

export function createAnswers({ door, client, places, clock, logger }: AnswersOptions): Answers {
  const respond = async ({ id, token }: Interaction, type: number, data?: object): Promise<void> => {
    const body = data === undefined ? { type } : { type, data };
    await client.rest().post(Routes.interactionCallback(id, token), { auth: false, body });
  };
  const withFlags = (text: string) => {
    const told = privateText(text);
    return { ...told, flags: told.flags | ephemeral };
  };
  const isPress = ({ type }: Interaction): boolean => type === 3;

  async function answerNow(one: Interaction, reply: Reply): Promise<void> {
    if (reply.kind === "form" && one.type !== 5) return respond(one, callback.modal, formModal(reply.form));
    if (reply.kind === "none" && one.type !== 2) return respond(one, callback.deferUpdate);
    const text = reply.kind === "text" ? reply.text : reply.kind === "form" ? words.noForm : words.done;
    return respond(one, callback.answer, withFlags(text));
  }

  /** An answer that took longer than three seconds may still follow within fifteen minutes. */
  async function answerLater(one: Interaction, reply: Promise<Reply>): Promise<void> {
    await respond(one, callback.deferAnswer, { flags: ephemeral });
    const late = await reply.catch((): Reply => ({ kind: "text", text: words.failed }));
    const text = late.kind === "text" ? late.text : late.kind === "form" ? words.lateForm : words.done;
    const path = Routes.webhookMessage(one.application_id, one.token, "@original");
    await client.rest().patch(path, { auth: false, body: privateText(text) });
  }

  async function tellDirectly(inbound: Inbound, reply: Reply): Promise<void> {
    if (reply.kind === "none") return;
    const channel = await places.channelFor({ kind: "person", userId: inbound.user.id });
    const text = reply.kind === "text" ? reply.text : words.noForm;
    await client.rest().post(Routes.channelMessages(channel), { body: privateText(text) });
  }

  /** Names for the option that is being typed. In a list only its last item is completed. */
  async function complete(one: Interaction): Promise<void> {
    const focused = focusedOption(one.data?.options ?? []);
    const where = one.channel && placeOf(one.channel);
    const user = one.member?.user ?? one.user;
    const names =
      focused === undefined || where === undefined || user === undefined
        ? []
        : await suggestionsFor(focused, { where, userId: user.id });
    await respond(one, callback.complete, { choices: names.map((name) => ({ name, value: name })) });
  }

  async function suggestionsFor(
    focused: NonNullable<ReturnType<typeof focusedOption>>,
    { where, userId }: { where: Place; userId: string },
  ): Promise<string[]> {
    const before = focused.typed.slice(0, focused.typed.lastIndexOf(",") + 1);
    const { channel, thread } = where;
    const asked = door.suggest?.({
      platform,
      user: { id: userId, displayName: userId },
      channel,
      ...(thread === undefined ? {} : { thread }),
      what: focused.suggested,
      typed: focused.typed.slice(before.length).trim(),
      ...(focused.room === undefined ? {} : { room: focused.room }),
    });
    const names = asked === undefined ? [] : await settle(clock, asked, timeoutMs);
    const found = "kind" in names && names.kind === "done" ? names.value : [];
    return found
      .map((name) => (before === "" ? name : `${before} ${name}`))
      .filter((name) => name.length <= limits.choiceText)
      .slice(0, limits.choices);
  }

  async function shown(id: string, show: () => Promise<void>): Promise<void> {
    try {
      await show();
    } catch (error) {
      logger.warn({ id, error: String(error) }, "Discord: a private answer could not be shown");
    }
  }

  return {
    async interaction(one) {
      if (one.type === autocomplete) return shown(one.id, () => complete(one));
      const inbound = parseInteraction(one);
      if (inbound === undefined)
        return isPress(one) ? shown(one.id, () => respond(one, callback.deferUpdate)) : undefined;
      const reply = door.deliver(inbound);
      const settled: Settled<Reply> = await settle(clock, reply, timeoutMs);
      await shown(one.id, () => {
        if (settled.kind === "late") return answerLater(one, reply);
        return answerNow(one, settled.kind === "done" ? settled.value : { kind: "text", text: words.failed });
      });
    },
    async message(inbound) {
      const reply = await door.deliver(inbound);
      await shown(inbound.id, () => tellDirectly(inbound, reply));
    },
  };
}
