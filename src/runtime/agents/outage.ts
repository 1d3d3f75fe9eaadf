import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import { PortError } from "../../ports/port-error.js";
import type { RoomService } from "../rooms/service.js";

const firstRetryMs = 1_000;
const maxRetryMs = 30_000;

/**
 * What an error of an agent or its sandbox means for the turn. `refused`: this agent cannot run as it is. `death`: its sandbox ended by itself, or nothing
 * better is known. `outage`: something outside the agent failed (engine away, an answer 5xx, a time-out), which says nothing about the agent.
 */
export function failureOf(error: unknown): "refused" | "death" | "outage" {
  if (!(error instanceof PortError) || error.code === "died") return "death";
  if (error.retryable) return "outage";
  return error.code === "refused" ? "refused" : "death";
}

/** Tries in a row that failed for something outside, and the monotonic time before which there is no further try. */
export interface OutageState {
  failures: number;
  retryAtMs: number;
}

export const noOutage: OutageState = { failures: 0, retryAtMs: 0 };

/** The next try comes 1 s after the first failure, then after twice as long each time, up to 30 s. */
export function afterFailure({ failures }: OutageState, nowMs: number): OutageState {
  const delayMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(failures, 10));
  return { failures: failures + 1, retryAtMs: nowMs + delayMs };
}

/** One agent's view of something outside it that does not work. */
export interface Outage {
  /** It failed (again): the back-off grows, and the room is told the first time. */
  failed(error: unknown): void;
  /** It works: the next failure is a new outage. */
  over(): void;
  /** Whether a back-off is running. */
  readonly isWaiting: boolean;
  /** Resolves when the back-off has passed; at once where none is running. Never settles once `cancel` was called meanwhile. */
  passed(): Promise<void>;
  /** Drops what waits in `passed`; the state is kept. */
  cancel(): void;
}

/** `name` is the agent's. */
export function createOutage(options: {
  roomId: string;
  name: string;
  rooms: RoomService;
  clock: Clock;
  logger: Logger;
}): Outage {
  const { roomId, name, rooms, clock, logger } = options;
  let state = noOutage;
  let cancelWait = () => {};
  const tell = (text: string) =>
    rooms
      .execute(roomId, { type: "notice.post", text, about: name, severity: "warning" })
      .catch((error: unknown) => logger.error({ roomId, agent: name, error }, "a notice could not be stored"));
  const leftMs = () => state.retryAtMs - clock.monotonicMs();

  return {
    failed(error) {
      logger.warn({ roomId, agent: name, error }, "something outside the agent does not work; its messages wait");
      if (state.failures === 0) void tell(noticeOf(name, error));
      state = afterFailure(state, clock.monotonicMs());
    },
    over() {
      state = noOutage;
    },
    get isWaiting() {
      return leftMs() > 0;
    },
    async passed() {
      if (leftMs() <= 0) return;
      cancelWait();
      await new Promise<void>((resolve) => {
        cancelWait = clock.after(leftMs(), resolve);
      });
    },
    cancel: () => cancelWait(),
  };
}

function noticeOf(name: string, error: unknown): string {
  if (error instanceof PortError && error.outage !== undefined) return `${error.outage}; ${name}'s messages wait.`;
  const why = error instanceof Error ? error.message : String(error);
  return `${name} cannot be reached; its messages wait. ${why}`;
}
