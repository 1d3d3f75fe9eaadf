import type { BeginOutage, EndOutage } from "../../core/room/open-outage.js";
import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import type { RoomService } from "../rooms/service.js";
import { failureKindOf } from "./outage.js";

const retryMs = 1_000;

/** Tells rooms of outages and of their ends, each room in order. */
export interface OutageNotices {
  /**
   * Returns at once. `command` is asked for when it is this notice's turn. While the log cannot be written, it waits and is tried again every second: a room
   * that knows of it already takes it for done, so an attempt with an unknown outcome does no harm.
   */
  post(roomId: string, command: () => BeginOutage | EndOutage): void;
  /** Gives up the notices that wait. */
  stop(): void;
}

/** Notices without any. What it holds back for an outage of the log is lost when this process ends. */
export function createOutageNotices(options: { rooms: RoomService; clock: Clock; logger: Logger }): OutageNotices {
  const { rooms, clock, logger } = options;
  const lastOf = new Map<string, Promise<void>>();
  let isStopped = false;

  /** True if it needs no further attempt. */
  async function isPosted(roomId: string, command: BeginOutage | EndOutage): Promise<boolean> {
    try {
      await rooms.peek(roomId, () => {}, { fresh: true });
      await rooms.execute(roomId, command);
      return true;
    } catch (error) {
      if (failureKindOf(error) === "outage") return false;
      logger.error({ roomId, error }, "a notice could not be stored");
      return true;
    }
  }

  async function postInTurn(roomId: string, command: () => BeginOutage | EndOutage): Promise<void> {
    while (!isStopped && !(await isPosted(roomId, command())))
      await new Promise<void>((resolve) => clock.after(retryMs, resolve));
  }

  return {
    post(roomId, command) {
      const before = lastOf.get(roomId) ?? Promise.resolve();
      const posting = before
        .then(() => postInTurn(roomId, command))
        .catch((error: unknown) => logger.error({ roomId, error }, "a notice could not be stored"))
        .then(() => {
          if (lastOf.get(roomId) === posting) lastOf.delete(roomId);
        });
      lastOf.set(roomId, posting);
    },
    stop() {
      isStopped = true;
    },
  };
}
