import type { Clock } from "../../ports/clock.js";
import type { Limits } from "../../ports/limits.js";
import type { Logger } from "../../ports/logger.js";
import type { RoomService } from "../rooms/service.js";

/** How often agents call the model. */
export interface CallRate {
  /** As `GatewayCaller.countCall`. In a fleet all processes count together, as far as `limits` does. */
  countCall(agent: { roomId: string; name: string }): Promise<number | undefined>;
}

const minuteMs = 60_000;
/** An agent that was told and calls on as fast is not news before this has passed. */
const tellEveryMs = 3_600_000;

/** Refuses calls of one agent beyond `maxPerMinute` and tells its room, once an hour at most. */
export function createCallRate(options: {
  limits: Limits;
  rooms: RoomService;
  maxPerMinute: number;
  clock: Clock;
  logger: Logger;
}): CallRate {
  const { limits, rooms, maxPerMinute, clock, logger } = options;
  const toldAtMs = new Map<string, number>();

  function tellRoom({ roomId, name }: { roomId: string; name: string }): void {
    const key = `${roomId}/${name}`;
    const nowMs = clock.monotonicMs();
    const lastMs = toldAtMs.get(key);
    if (lastMs !== undefined && nowMs - lastMs < tellEveryMs) return;
    toldAtMs.set(key, nowMs);
    const text = `${name} calls the model more often than the ${maxPerMinute} times a minute it may. Calls beyond that are refused and can be tried again after a while.`;
    rooms
      .execute(roomId, { type: "notice.post", text, about: name, severity: "warning" })
      .catch((error: unknown) => logger.warn({ roomId, agent: name, error }, "a room could not be told of a refusal"));
  }

  return {
    async countCall(agent) {
      const key = `model-calls/${agent.roomId}/${agent.name}`;
      const taken = await limits.take(key, { limit: maxPerMinute, windowMs: minuteMs });
      if (taken.ok) return undefined;
      tellRoom(agent);
      return taken.retryAfterMs;
    },
  };
}
