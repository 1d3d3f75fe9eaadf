import type { ChatError } from "../../../ports/chat-error.js";
import type { Clock } from "../../../ports/clock.js";
import type { Logger } from "../../../ports/logger.js";
import type { RoomService } from "../../rooms/service.js";
import type { LiveMirror } from "./live-mirror.js";
import { noticeAbout } from "./render.js";

/** Mirrors that wait for a person to put something right. The room goes on and is told. */
export interface Parking {
  /** Gives the milliseconds until it is tried again. */
  park(mirror: LiveMirror, error: ChatError): Promise<number>;
  /** Something was shown again. */
  resume(mirror: LiveMirror): Promise<void>;
}

const firstTryMs = 30_000;
const maxTryMs = 300_000;

export function createParking({ rooms, clock, logger }: { rooms: RoomService; clock: Clock; logger: Logger }): Parking {
  /** A room that is closed is told nothing. */
  async function tell(
    { registered }: LiveMirror,
    { text, severity }: { text: string; severity: "info" | "warning" },
  ): Promise<void> {
    const { roomId, mirrorId } = registered;
    await rooms.execute(roomId, { type: "notice.post", text, severity, about: noticeAbout(mirrorId) });
  }

  return {
    async park(mirror, error) {
      const { registered, ledger } = mirror;
      const delayMs = Math.min(maxTryMs, firstTryMs * 2 ** Math.min(mirror.parkedTries, 10));
      mirror.parkedTries += 1;
      mirror.notBeforeMs = clock.monotonicMs() + delayMs;
      const { parked } = ledger.state;
      if (parked?.code === error.code) return delayMs;
      const { mirrorId, roomId, platform } = registered;
      const detail = error.message;
      logger.warn({ mirrorId, roomId, platform, code: error.code }, "a room cannot be shown in its thread; it waits");
      await tell(mirror, {
        text: `This room is not shown on ${platform} at present: ${detail} Nothing is lost: what is said meanwhile is shown there as soon as it works again.`,
        severity: "warning",
      });
      await ledger.append(() => [{ type: "mirror.parked", code: error.code, detail }]);
      return delayMs;
    },
    async resume(mirror) {
      mirror.parkedTries = 0;
      if (!mirror.ledger.state.parked) return;
      await mirror.ledger.append(() => [{ type: "mirror.resumed" }]);
      await tell(mirror, { text: `This room is shown on ${mirror.registered.platform} again.`, severity: "info" });
    },
  };
}
