import { origin, type Setting, text, wholeNumber } from "./setting.js";

/** Several processes that serve the same rooms. */
export const fleetSettings = {
  databaseUrl: {
    key: "DATABASE_URL",
    schema: text(/^postgres(ql)?:\/\/[^\s]+$/, "a postgres:// or postgresql:// address"),
    meaning:
      "PostgreSQL (14 or later) that holds the rooms, so that several processes can serve them. ?sslmode=require encrypts, verify-full also checks the name.",
    unit: "postgres or postgresql address",
    default: null,
    whenUnset: "rooms are in the data folder, and one process serves them",
    secret: true,
  },
  databaseSchema: {
    key: "DATABASE_SCHEMA",
    schema: text(/^[a-z_][a-z0-9_]{0,39}$/, "1 to 40 lower-case letters, digits and underscores, no digit first"),
    meaning: "Schema of that database for Parley's tables, so that installations can share a database.",
    unit: "1 to 40 lower-case letters, digits and underscores",
    default: "parley",
  },
  durableStreamsUrl: {
    key: "DURABLE_STREAMS_URL",
    schema: text(/^https?:\/\/[^\s]+$/, "an http or https address"),
    meaning: "Stream server that holds the rooms, so that several processes can serve them.",
    unit: "http or https address",
    default: null,
    whenUnset: "rooms are in the data folder, and one process serves them",
  },
  durableStreamsToken: {
    key: "DURABLE_STREAMS_TOKEN",
    schema: text(/^[!-~]{8,}$/, "a token of at least 8 characters without spaces"),
    meaning: "Bearer token that the stream server asks for.",
    unit: "token",
    default: null,
    whenUnset: "none is sent",
    secret: true,
  },
  durableStreamsPrefix: {
    key: "DURABLE_STREAMS_PREFIX",
    schema: text(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/, "letters, digits, dots, dashes, underscores and slashes"),
    meaning: "Put before the name of every stream, so that installations can share a stream server.",
    unit: "text of a URL's path",
    default: "parley/",
  },
  redisUrl: {
    key: "REDIS_URL",
    schema: text(/^rediss?:\/\/[^\s]+$/, "a redis:// or rediss:// address"),
    meaning: "Redis for waking, counts and leases between processes. Several processes need DATABASE_URL too.",
    unit: "redis or rediss address",
    default: null,
    whenUnset: "one process schedules by itself",
  },
  nodeUrl: {
    key: "PARLEY_NODE_URL",
    schema: origin,
    meaning:
      "Address at which the other processes of a fleet reach this one, on a network of theirs: what is said in rooms goes over it. Nobody else needs it.",
    unit: "http or https address without a path",
    default: null,
    whenUnset: "http:// with PARLEY_HOST, or the machine's name where that is every address, and PARLEY_PORT",
  },
  workers: {
    key: "PARLEY_WORKERS",
    schema: wholeNumber({ min: 1, max: 256 }),
    meaning: "Readers of one kind that this process works on side by side, where Redis wakes them.",
    unit: "readers, 1 to 256",
    default: "8",
  },
} as const satisfies Record<string, Setting>;
