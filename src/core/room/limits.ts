/** Files one message carries, at most. */
export const maxAttachments = 16;

/** Bounds that keep a room's state small whatever is said in it. A command that would pass one is refused; nothing is cut silently. */
export const LIMITS = {
  /** Bytes the open state of a room takes in its snapshot (see `openBytes`); with what it remembers it stays below 256 KiB. */
  maxOpenBytes: 104 * 1_024,
  /** Participants of a room, former ones included: names are never reused by another person. */
  maxParticipants: 500,
  /** Characters of a display name. */
  maxDisplayNameChars: 48,
  /** Messages that wait for at least one agent, in a room. */
  maxWaitingMessages: 500,
  /** Pairs (message, agent) that wait, in a room. */
  maxWaitingDeliveries: 5_000,
  /** Gates open at once in a room. */
  maxOpenGates: 100,
  /** Invites that can still be used, in a room. */
  maxOpenInvites: 50,
  /** Mirrors bound to a room at once. */
  maxMirrors: 10,
  /** Messages one turn takes; the rest waits for the next. */
  maxMessagesPerTurn: 100,
  /** Messages, gates and bounces one turn may produce. */
  maxPostsPerTurn: 200,
  /** Names reported to a turn as used in vain. */
  maxMissedNames: 4,
  /** Names a turn remembers to have written to; more count as everyone. */
  maxReachedNames: 32,
  /** Expired deliveries a room remembers. */
  maxExpiredRemembered: 1_000,
  /** Lost attempts before a turn that it remembers by their ids. */
  maxLostTurns: 3,
  /** Failed deliveries a room remembers. */
  maxFailedRemembered: 400,
  /** Characters of the reason for which a provider refuses a conversation … */
  maxRefusalChars: 80,
  /** … and refusals in a row for the same reason that make it a broken one. */
  refusalsOfBroken: 2,
  /** Nodes with an open outage that a room remembers, … */
  maxOpenOutages: 8,
  /** … agents it cut off, … */
  maxCutOffNames: 32,
  /** … and characters of its cause. */
  maxOutageCauseChars: 200,
  /** Idempotency keys a room remembers … */
  maxIdempotencyKeys: 1_024,
  /** … and for how long. */
  idempotencyKeyAgeMs: 24 * 3_600_000,
  /** Bytes (UTF-8) of a message body. */
  maxBodyBytes: 32 * 1_024,
  /** Bytes (UTF-8) of a script, a prompt, a tool's input or a question with its options. */
  maxSpecBytes: 48 * 1_024,
  /** A turn whose sandbox died is delivered again this often … */
  maxSandboxDeaths: 3,
  /** … and one whose router restarted this often. */
  maxRouterRestarts: 10,
} as const;
