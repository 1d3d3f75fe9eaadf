import type { ChatError } from "../../../ports/chat-error.js";
import type { Clock } from "../../../ports/clock.js";
import type { Logger } from "../../../ports/logger.js";
import type { RoomService } from "../../rooms/service.js";
import * as attempts from "./attempts.js";
import type { LiveOutbound } from "./live-outbound.js";
import { noticeAbout } from "./render.js";

/** Suspends threads until a person fixes a problem on the platform. The room continues and gets a notice. */
export interface Suspension {
  /** Suspends the thread and returns the milliseconds until the next attempt. */
  suspend(outbound: LiveOutbound, error: ChatError): Promise<number>;
  /** Ends the suspension after a successful post. */
  resume(outbound: LiveOutbound): Promise<void>;
}

/** Suspends and resumes outbound threads, with a reason for people. */
export function createSuspension({
  rooms,
  clock,
  logger,
}: {
  rooms: RoomService;
  clock: Clock;
  logger: Logger;
}): Suspension {
  /** Posts a notice to the room; a closed room ignores it. */
  async function notifyRoom(
    { registered }: LiveOutbound,
    { text, severity }: { text: string; severity: "info" | "warning" },
  ): Promise<void> {
    const { roomId, mirrorId } = registered;
    await rooms.execute(roomId, { type: "notice.post", text, severity, about: noticeAbout(mirrorId) });
  }

  return {
    async suspend(outbound, error) {
      const { registered, outbox } = outbound;
      outbound.attempts = attempts.suspend(outbound.attempts, clock.monotonicMs());
      const delayMs = attempts.waitMsOf(outbound.attempts, clock.monotonicMs());
      const { parked } = outbox.state;
      if (parked?.code === error.code) return delayMs;
      const { mirrorId, roomId, platform } = registered;
      const detail = error.message;
      logger.warn({ mirrorId, roomId, platform, code: error.code }, "a room cannot be shown in its thread; it waits");
      await notifyRoom(outbound, {
        text: `This room is not shown on ${platform} at present: ${detail} Nothing is lost: what is said meanwhile is shown there as soon as it works again.`,
        severity: "warning",
      });
      await outbox.append(() => [{ type: "mirror.parked", code: error.code, detail }]);
      return delayMs;
    },
    async resume(outbound) {
      outbound.attempts = attempts.resume(outbound.attempts);
      if (!outbound.outbox.state.parked) return;
      await outbound.outbox.append(() => [{ type: "mirror.resumed" }]);
      await notifyRoom(outbound, {
        text: `This room is shown on ${outbound.registered.platform} again.`,
        severity: "info",
      });
    },
  };
}
