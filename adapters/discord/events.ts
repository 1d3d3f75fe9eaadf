import type { ChatDoor } from "../../src/ports/chat-inbound.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import type { Answers } from "./answers.js";
import { noChannels, readChannels } from "./channel-changes.js";
import type { GuildNames } from "./names.js";
import { parseChange, parseMessage } from "./parse.js";
import { discordMessage, guildCreated, interaction } from "./payloads.js";
import type { Places } from "./places.js";
import type { Session } from "./session.js";

/** How long after something could not be stored the threads are read again. */
const catchUpMs = 3_000;

/** Tells the door what happened to channels, in order. */
function createChannelWatch({ door, places, logger }: EventsOptions): (event: string, data: unknown) => void {
  let known = noChannels;
  let lastTold: Promise<void> = Promise.resolve();
  return (event, data) => {
    const read = readChannels(known, event, data);
    known = read.known;
    for (const change of read.changes) {
      if (change.kind === "closed") places.forget(change.channel);
      lastTold = lastTold
        .then(() => door.channelChanged?.(change))
        .catch((error: unknown) => logger.warn({ error: String(error) }, "Discord: a channel's change was not stored"));
    }
  };
}

interface EventsOptions {
  answers: Answers;
  places: Places;
  names: GuildNames;
  session: Session;
  door: ChatDoor;
  clock: Clock;
  logger: Logger;
}

/** Events of the Gateway. Messages reach the bridge in the order in which they arrived. */
export function createEvents(options: EventsOptions): (event: string, data: unknown) => void {
  const { answers, places, names, session, door, clock, logger } = options;
  let lastTurn: Promise<unknown> = Promise.resolve();
  let isCatchUpDue = false;
  let misfits = 0;

  /** Discord does not repeat events: lost ones are in the history. */
  function catchUp(error: unknown): void {
    logger.warn({ error: String(error) }, "Discord: something could not be stored; it is read again");
    door.disconnected?.();
    if (isCatchUpDue) return;
    isCatchUpDue = true;
    clock.after(catchUpMs, () => {
      isCatchUpDue = false;
      door.connected();
    });
  }

  /** Of a known type, in a form that is not known. */
  function misfit(type: string): void {
    misfits += 1;
    logger.warn({ type, misfits }, "Discord: an event has a form that is not known; it is passed over");
  }

  function onMessage(data: unknown, parse: typeof parseMessage): void {
    const message = discordMessage.safeParse(data).data;
    // An update may hold no more than what changed.
    if (message === undefined && parse === parseMessage) misfit("message");
    if (message === undefined || message.author.bot === true || message.webhook_id !== undefined) return;
    if (message.member !== undefined) names.learnNick(message.author.id, message.member.nick ?? null);
    const place = places.of(message.channel_id);
    place.catch(() => undefined);
    lastTurn = lastTurn.then(async () => {
      try {
        const inbound = parse(message, await place, { botUserId: session.self()?.botUserId ?? "", names });
        if (inbound !== undefined) void answers.message(inbound).catch(catchUp);
      } catch (error) {
        catchUp(error);
      }
    });
  }

  const onInteraction = (data: unknown): void => {
    const one = interaction.safeParse(data).data;
    if (one === undefined) misfit("interaction");
    else answers.interaction(one).catch(() => misfit("interaction"));
  };

  const onChannels = createChannelWatch(options);

  return (event, data) => {
    onChannels(event, data);
    switch (event) {
      case "MESSAGE_CREATE":
        return onMessage(data, parseMessage);
      case "MESSAGE_UPDATE":
        return onMessage(data, parseChange);
      case "INTERACTION_CREATE":
        return onInteraction(data);
      case "GUILD_CREATE":
        names.learnGuild(data);
        for (const thread of guildCreated.safeParse(data).data?.threads ?? []) places.learn(thread);
        return;
      case "THREAD_CREATE":
      case "THREAD_UPDATE":
        names.learnChannel(data);
        return places.learn(data);
      case "CHANNEL_CREATE":
      case "CHANNEL_UPDATE":
        return names.learnChannel(data);
      case "GUILD_ROLE_CREATE":
      case "GUILD_ROLE_UPDATE":
        return names.learnRole(data);
    }
  };
}
