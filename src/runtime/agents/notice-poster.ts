import type { CommandOf } from "../../core/room/command.js";
import type { RoomEvent } from "../../core/room/event.js";
import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import type { RoomService } from "../rooms/service.js";
import { failureKindOf } from "./outage.js";

type Notice = CommandOf<"notice.post">;

const retryMs = 1_000;
/** Commits that a room may be ahead of the log when a notice is tried first: in the end it may stand before them. */
const maxPending = 20;

/** Posts notices of this process, those of a room in order. */
export interface NoticePoster {
  /** Returns at once. While the log cannot be written, the notice waits and is tried again every second. */
  post(roomId: string, notice: Notice): void;
  /** Gives up the notices that wait. */
  stop(): void;
}

/** A poster without notices. What it holds back for an outage of the log is lost when this process ends. */
export function createNoticePoster(options: { rooms: RoomService; clock: Clock; logger: Logger }): NoticePoster {
  const { rooms, clock, logger } = options;
  const lastOf = new Map<string, Promise<void>>();
  let isStopped = false;

  /** True if it needs no further attempt. An attempt with an unknown outcome may have stored it: the log says so. */
  async function isPosted(roomId: string, notice: Notice, triedAfter: number | undefined): Promise<boolean> {
    try {
      if (triedAfter !== undefined && (await isStored(roomId, notice, triedAfter))) return true;
      await rooms.execute(roomId, notice);
      return true;
    } catch (error) {
      if (failureKindOf(error) === "outage") return false;
      logger.error({ roomId, error }, "a notice could not be stored");
      return true;
    }
  }

  async function isStored(roomId: string, { text, about }: Notice, afterVersion: number): Promise<boolean> {
    const version = await rooms.peek(roomId, (room) => room.version, { fresh: true });
    for (let at = afterVersion + 1; at <= version; at++) {
      const events = await rooms.eventsAt(roomId, at);
      const isIt = (event: RoomEvent | undefined) =>
        event?.type === "notice.posted" && event.text === text && event.about === about;
      if (events.some(isIt)) return true;
    }
    return false;
  }

  async function postInTurn(roomId: string, notice: Notice): Promise<void> {
    const version = await rooms.peek(roomId, (room) => room.version, { fresh: true });
    if (await isPosted(roomId, notice, undefined)) return;
    do await new Promise<void>((resolve) => clock.after(retryMs, resolve));
    while (!isStopped && !(await isPosted(roomId, notice, Math.max(0, version - maxPending))));
  }

  return {
    post(roomId, notice) {
      const before = lastOf.get(roomId) ?? Promise.resolve();
      const posting = before
        .then(() => postInTurn(roomId, notice))
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
