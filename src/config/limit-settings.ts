import { type Setting, wholeNumber } from "./setting.js";

const atMost = 1_000_000;

/** Caps far above normal use: they stop a runaway script or an attacker. */
export const limitSettings = {
  maxMessagesPerMinute: {
    key: "PARLEY_MAX_MESSAGES_PER_MINUTE",
    schema: wholeNumber({ min: 1, max: atMost }),
    meaning: "Messages one person may write in one room in a minute, from wherever they write.",
    unit: "messages a minute, 1 to 1000000",
    default: "300",
  },
  maxRoomsPerHour: {
    key: "PARLEY_MAX_ROOMS_PER_HOUR",
    schema: wholeNumber({ min: 1, max: atMost }),
    meaning: "Rooms one creator may make in an hour: a chat user, or whoever holds the admin token.",
    unit: "rooms an hour, 1 to 1000000",
    default: "1000",
  },
  maxInvitesPerHour: {
    key: "PARLEY_MAX_INVITES_PER_HOUR",
    schema: wholeNumber({ min: 1, max: atMost }),
    meaning: "Invites one person may make in one room in an hour.",
    unit: "invites an hour, 1 to 1000000",
    default: "200",
  },
  maxAgentsPerRoom: {
    key: "PARLEY_MAX_AGENTS_PER_ROOM",
    schema: wholeNumber({ min: 1, max: 500 }),
    meaning: "Agents in one room at the same time. Rooms that have more keep them.",
    unit: "agents, 1 to 500",
    default: "100",
  },
  maxStreamsPerToken: {
    key: "PARLEY_MAX_STREAMS_PER_TOKEN",
    schema: wholeNumber({ min: 1, max: atMost }),
    meaning: "Live streams one token may have open at one process.",
    unit: "streams, 1 to 1000000",
    default: "100",
  },
  maxStreamsPerAddress: {
    key: "PARLEY_MAX_STREAMS_PER_ADDRESS",
    schema: wholeNumber({ min: 1, max: atMost }),
    meaning: "Live streams one network address may have open at one process.",
    unit: "streams, 1 to 1000000",
    default: "1000",
  },
} as const satisfies Record<string, Setting>;
