import { type Setting, usDollars, wholeNumber } from "./setting.js";

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
  maxSandboxes: {
    key: "PARLEY_MAX_SANDBOXES",
    schema: wholeNumber({ min: 1, max: atMost }),
    meaning:
      "Sandboxes of agents that run at the same time, over all rooms and all processes that share the engine. An agent beyond it waits, and its room is told.",
    unit: "sandboxes, 1 to 1000000",
    default: "200",
  },
  maxFileMb: {
    key: "PARLEY_MAX_FILE_MB",
    schema: wholeNumber({ min: 1, max: 50 }),
    meaning: "Size of one file that somebody sends into a room or an agent sends out of it.",
    unit: "MB, 1 to 50",
    default: "50",
  },
  maxRoomFilesMb: {
    key: "PARLEY_MAX_ROOM_FILES_MB",
    schema: wholeNumber({ min: 1, max: 16_777_216 }),
    meaning: "Space for all files of one room together. Further ones are refused with 507.",
    unit: "MB, 1 to 16777216",
    default: "2048",
  },
  maxPersonFilesMb: {
    key: "PARLEY_MAX_PERSON_FILES_MB",
    schema: wholeNumber({ min: 1, max: 16_777_216 }),
    meaning: "Space for the files that one person sends in one room. Further ones are refused with 507.",
    unit: "MB, 1 to 16777216",
    default: "1024",
  },
  maxUploadsPerHour: {
    key: "PARLEY_MAX_UPLOADS_PER_HOUR",
    schema: wholeNumber({ min: 1, max: atMost }),
    meaning: "Files one person may send in one room in an hour.",
    unit: "files an hour, 1 to 1000000",
    default: "500",
  },
  maxJournalsMb: {
    key: "PARLEY_MAX_JOURNALS_MB",
    schema: wholeNumber({ min: 16, max: 16_777_216 }),
    meaning:
      "Disk space for the records of what agents do in their turns, where rooms are in the data folder. When it is used up, rooms and turns go on unrecorded, and health says so.",
    unit: "MB, 16 to 16777216",
    default: "10240",
  },
  maxModelCallsPerMinute: {
    key: "PARLEY_MAX_MODEL_CALLS_PER_MINUTE",
    schema: wholeNumber({ min: 1, max: atMost }),
    meaning: "Model calls one agent may make in a minute. Further ones get 429 and the time to wait.",
    unit: "calls a minute, 1 to 1000000",
    default: "600",
  },
  maxStreamsPerToken: {
    key: "PARLEY_MAX_STREAMS_PER_TOKEN",
    schema: wholeNumber({ min: 1, max: atMost }),
    meaning: "Live streams one token may have open at a time, over all processes of a fleet.",
    unit: "streams, 1 to 1000000",
    default: "100",
  },
  maxStreamsPerAddress: {
    key: "PARLEY_MAX_STREAMS_PER_ADDRESS",
    schema: wholeNumber({ min: 1, max: atMost }),
    meaning: "Live streams one network address may have open at a time, over all processes of a fleet.",
    unit: "streams, 1 to 1000000",
    default: "1000",
  },
} as const satisfies Record<string, Setting>;

const budget = (
  key: string,
  { whose, span }: { whose: string; span: string },
): Setting & { schema: ReturnType<typeof usDollars>; default: null } => ({
  key,
  schema: usDollars({ min: 0.01, max: 100_000_000 }),
  meaning: `What ${whose} may spend on models ${span}. Beyond it model calls are refused and turns wait.`,
  unit: "US dollars, 0.01 to 100000000",
  default: null,
  whenUnset: "no limit",
});

const installation = "all rooms together";
const person = "all rooms of one person, their first owner, together";

/** Limits of spending beyond those of rooms and agents. */
export const spendingSettings = {
  installationUsd: budget("PARLEY_BUDGET_INSTALLATION_USD", { whose: installation, span: "in all" }),
  installationUsdPerDay: budget("PARLEY_BUDGET_INSTALLATION_USD_PER_DAY", {
    whose: installation,
    span: "on a UTC day",
  }),
  installationUsdPerMonth: budget("PARLEY_BUDGET_INSTALLATION_USD_PER_MONTH", {
    whose: installation,
    span: "in a UTC month",
  }),
  personUsd: budget("PARLEY_BUDGET_PERSON_USD", { whose: person, span: "in all" }),
  personUsdPerDay: budget("PARLEY_BUDGET_PERSON_USD_PER_DAY", { whose: person, span: "on a UTC day" }),
  personUsdPerMonth: budget("PARLEY_BUDGET_PERSON_USD_PER_MONTH", { whose: person, span: "in a UTC month" }),
  spendingWarnAt: {
    key: "PARLEY_BUDGET_WARN_AT",
    schema: usDollars({ min: 0.01, max: 1 }),
    meaning:
      "Share of a limit of a person or the installation at whose use rooms are told that little is left, once each.",
    unit: "share of the limit, 0.01 to 1",
    default: "0.8",
  },
} as const satisfies Record<string, Setting>;
