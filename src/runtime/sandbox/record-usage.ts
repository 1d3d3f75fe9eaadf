import type { CallUsage } from "../../ports/call-reservation.js";
import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import type { RoomService } from "../rooms/service.js";

interface UsageToRecord {
  usage: CallUsage;
  /** Called once the usage is durable, or will never be stored because the room refused it. */
  onStored: () => Promise<void>;
}

const firstRetryMs = 1_000;
const maxRetryMs = 30_000;
const notStored = "what a model call cost could not be stored; it is tried again";

/**
 * Stores what calls used. Resolves as soon as the room counts it, or after the first attempt that failed; that is tried again, with pauses from
 * 1 s to 30 s, for as long as this process lives. Never rejects.
 */
export function createUsageRecorder(options: {
  rooms: RoomService;
  clock: Clock;
  logger: Logger;
}): (agent: { roomId: string; name: string }, record: UsageToRecord) => Promise<void> {
  const { rooms, clock, logger } = options;

  return async ({ roomId, name }, { usage: { model, ...usage }, onStored }) => {
    async function attempt(retryMs: number): Promise<void> {
      const tryAgain = (error: unknown) => {
        logger.error({ roomId, agent: name, error }, notStored);
        clock.after(retryMs, () => void attempt(Math.min(2 * retryMs, maxRetryMs)));
      };
      try {
        const { decision, durable } = await rooms.submit(roomId, { type: "turn.usage", agent: name, model, usage });
        if (decision.kind === "rejected")
          logger.error({ roomId, agent: name, model, ...usage }, "the room refused what a model call cost");
        durable.then(onStored, tryAgain);
      } catch (error) {
        tryAgain(error);
      }
    }
    await attempt(firstRetryMs);
  };
}
