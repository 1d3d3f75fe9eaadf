import { describe, expect, test } from "vitest";
import type { RoomCommit } from "../../src/core/commit.js";
import { foldCommits } from "../../src/core/fold.js";
import { LIMITS } from "../../src/core/limits.js";
import { emptyRoom } from "../../src/core/room.js";
import { toSnapshot } from "../../src/core/snapshot.js";
import { bytesByPart, roomAtItsLimits, stateBytes } from "../support/full-room.js";
import { shapes, tell } from "../support/long-story.js";

const maxStateBytes = 256 * 1_024;
const commits = 100_000;

describe.each(Object.entries(shapes))(
  "a room of 100,000 commits in which %s",
  { timeout: 90_000 },
  (_, { agents, policy, shape }) => {
    const told = tell(shape, { commits, agents, ...(policy && { policy }) });

    test("keeps less than 256 KiB", () => {
      expect(told.room.version).toBeGreaterThanOrEqual(commits);
      expect(stateBytes(told.room), JSON.stringify(bytesByPart(told.room))).toBeLessThan(maxStateBytes);
    });

    test("folds to the same room", () => {
      expect(toSnapshot(foldCommits(emptyRoom("r1"), told.log))).toEqual(toSnapshot(told.room));
    });

    test("takes four times as long to fold as a quarter of it", () => {
      const [quarter, whole] = foldMs([told.log.slice(0, commits / 4), told.log.slice(0, commits)]);
      // Sixteen times if something were looked through that grows with the log.
      expect((whole ?? 0) / (quarter ?? 0)).toBeLessThan(10);
    });
  },
);

/** What folding each log costs in processor time, the least of some tries in turn: what else the machine does hardly counts. */
function foldMs(logs: readonly (readonly RoomCommit[])[]): number[] {
  const least = logs.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < 4; round++) {
    for (const [n, log] of logs.entries()) {
      const before = process.cpuUsage();
      foldCommits(emptyRoom("r1"), log);
      const { user, system } = process.cpuUsage(before);
      least[n] = Math.min(least[n] ?? 0, (user + system) / 1_000);
    }
  }
  return least;
}

describe("a room with every limit filled at once, with the longest names", () => {
  const full = () =>
    roomAtItsLimits({
      participants: LIMITS.maxParticipants,
      waiting: LIMITS.maxWaitingMessages,
      deliveries: LIMITS.maxWaitingDeliveries,
      gates: LIMITS.maxOpenGates,
      keys: LIMITS.maxIdempotencyKeys,
      expired: LIMITS.maxExpiredRemembered,
      invites: LIMITS.maxOpenInvites,
      openTurns: LIMITS.maxParticipants,
      postsInTurns: LIMITS.maxPostsPerTurn,
    });

  // The limits are too high for it together: lower them, then this is a plain test.
  test.fails("keeps less than 256 KiB", () => {
    expect(stateBytes(full())).toBeLessThan(maxStateBytes);
  });

  test("keeps less than 1 MiB", () => {
    expect(stateBytes(full())).toBeLessThan(4 * maxStateBytes);
  });
});
