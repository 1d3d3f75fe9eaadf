import { createAnswers } from "../../../adapters/discord/answers.js";
import type { DiscordClient } from "../../../adapters/discord/client.js";
import { createEvents } from "../../../adapters/discord/events.js";
import { createGuildNames } from "../../../adapters/discord/names.js";
import { createPlaces } from "../../../adapters/discord/places.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import type { ChatDoor, Inbound } from "../../../src/ports/chat-inbound.js";
import type { MutationTarget, SamplePayload } from "./run.js";

const thread = { id: "500000000000000052", type: 11, parent_id: "500000000000000051", name: "fix-login" };
const author = { id: "600000000000000021", username: "mia", global_name: "Mia", bot: false, avatar: null };
const file = { id: "1", filename: "a.txt", size: 3, url: "https://cdn.discordapp.com/a", content_type: "text/plain" };
const message = {
  id: "1577000000000000000",
  type: 0,
  channel_id: thread.id,
  guild_id: "1",
  author,
  member: { nick: "Mimi", roles: ["61"], joined_at: "2024-01-01T00:00:00Z" },
  content: "deploy now <@600000000000000022> <#500000000000000051>",
  timestamp: "2026-11-30T17:00:00.000Z",
  edited_timestamp: "2026-11-30T17:01:00.000Z",
  mentions: [{ id: "600000000000000022", username: "tom", global_name: "Tom", member: { nick: "Tommy" } }],
  mention_roles: ["61"],
  attachments: [file],
  embeds: [
    {
      type: "rich",
      title: "Alarm",
      description: "disk",
      author: { name: "Bob" },
      fields: [{ name: "host", value: "db1" }],
    },
  ],
  sticker_items: [{ id: "1", name: "ship it", format_type: 1 }],
  poll: {
    question: { text: "Deploy?" },
    answers: [{ answer_id: 1, poll_media: { text: "yes", emoji: { name: "👍" } } }],
  },
  message_snapshots: [{ message: { content: "prod is DOWN", attachments: [file], embeds: [], sticker_items: [] } }],
  referenced_message: { id: "1", author, content: "shall I?", attachments: [] },
  components: [],
  flags: 0,
  nonce: "7",
};
const said = ["id", "type", "channel_id", "author.id", "author.bot", "content"];
const acting = {
  id: "1577000000000000001",
  application_id: "1",
  token: "aaa",
  version: 1,
  channel_id: thread.id,
  channel: thread,
  guild_id: "1",
  member: { user: author, roles: ["61"], nick: "Mimi", permissions: "0" },
  locale: "en-GB",
};
const actingEssentials = [
  "id",
  "application_id",
  "token",
  "type",
  "channel.id",
  "channel.type",
  "channel.parent_id",
  "member.user.id",
];

const samples: readonly SamplePayload[] = [
  { name: "MESSAGE_CREATE", payload: message, essential: said, marker: "deploy now" },
  { name: "MESSAGE_UPDATE", payload: message, essential: [...said, "edited_timestamp"], marker: "deploy now" },
  {
    name: "INTERACTION_CREATE",
    payload: {
      ...acting,
      type: 2,
      data: {
        id: "5",
        name: "room",
        type: 1,
        options: [{ name: "find", type: 1, options: [{ name: "words", type: 3, value: "login" }] }],
      },
    },
    essential: [...actingEssentials, "data.options"],
    marker: "find",
  },
  {
    name: "INTERACTION_CREATE",
    payload: {
      ...acting,
      type: 3,
      message: { id: "1577000000000000002", flags: 0 },
      data: { custom_id: "p:g:r1:approve", component_type: 2 },
    },
    essential: [...actingEssentials, "data.custom_id"],
    marker: "g:r1:approve",
  },
  {
    name: "INTERACTION_CREATE",
    payload: {
      ...acting,
      type: 5,
      message: { id: "1577000000000000002", flags: 0 },
      data: {
        custom_id: "f:edit:g1",
        components: [{ type: 1, components: [{ type: 4, custom_id: "text", value: "better words" }] }],
      },
    },
    essential: [
      ...actingEssentials,
      "data.custom_id",
      "data.components.0.components.0.custom_id",
      "data.components.0.components.0.value",
    ],
    marker: "better words",
  },
];

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Discord's adapter behind its Gateway. Discord's REST interface takes everything. An error that nobody catches counts as a failure. */
export function createDiscordTarget(): MutationTarget {
  const arrived: Inbound[] = [];
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  process.on("unhandledRejection", note);
  const client = {
    rest: () => ({ get: async () => thread, post: async () => ({ id: "1", type: 1 }), patch: async () => ({}) }),
  } as unknown as DiscordClient;
  const door: ChatDoor = {
    deliver: async (inbound) => {
      arrived.push(inbound);
      return { kind: "none" };
    },
    suggest: async () => [],
    connected: () => {},
    channelChanged: async () => {},
  };
  const clock = createSystemClock();
  const logger = createMemoryLogger({ maxRecords: 100 });
  const places = createPlaces(client);
  places.learn(thread);
  const dispatch = createEvents({
    answers: createAnswers({ door, client, places, clock, logger }),
    places,
    names: createGuildNames(),
    session: { self: () => ({ botUserId: "600000000000000001", applicationId: "1" }) } as never,
    door,
    clock,
    logger,
  });
  return {
    platform: "discord",
    samples,
    async take({ name }, payload) {
      try {
        dispatch(name, JSON.parse(JSON.stringify(payload)));
      } catch (error) {
        return `thrown: ${String(error)}`;
      }
      await turn();
      await turn();
      const [first] = unhandled.splice(0);
      return first === undefined ? undefined : `not caught: ${String(first)}`;
    },
    arrived: () => arrived.splice(0),
    stop: () => void process.off("unhandledRejection", note),
  };
}
