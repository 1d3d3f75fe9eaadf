import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import { PortError } from "../../ports/port-error.js";
import type { RoomService } from "../rooms/service.js";

const firstRetryMs = 1_000;
const maxRetryMs = 30_000;

/**
 * Classifies an error of an agent or its sandbox. `refused`: this agent cannot run as configured. `death`: its sandbox ended, or the cause is
 * unknown. `outage`: something outside the agent failed (engine unreachable, status 5xx, timeout), which says nothing about the agent.
 */
export function failureOf(error: unknown): "refused" | "death" | "outage" {
  if (!(error instanceof PortError) || error.code === "died") return "death";
  if (error.retryable) return "outage";
  return error.code === "refused" ? "refused" : "death";
}

/** Consecutive failures with an external cause, and the monotonic time of the next attempt. */
export interface OutageState {
  failures: number;
  retryAtMs: number;
}

/** The engine answers. */
export const noOutage: OutageState = { failures: 0, retryAtMs: 0 };

/** Exponential back-off: 1 s after the first failure, doubling up to 30 s. */
export function afterFailure({ failures }: OutageState, nowMs: number): OutageState {
  const delayMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(failures, 10));
  return { failures: failures + 1, retryAtMs: nowMs + delayMs };
}

/** Tracks an outage of an external dependency for one agent. */
export interface Outage {
  /** Records a failure: the back-off grows, and the room gets a notice the first time. */
  failed(error: unknown): void;
  /** Ends the outage; the next failure starts a new one. */
  over(): void;
  /** True while a back-off is running. */
  readonly isWaiting: boolean;
  /** Resolves after the back-off, or at once without one. Never settles if `cancel` is called meanwhile. */
  passed(): Promise<void>;
  /** Drops callers waiting in `passed`; the state is kept. */
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
  const notifyRoom = (text: string) =>
    rooms
      .execute(roomId, { type: "notice.post", text, about: name, severity: "warning" })
      .catch((error: unknown) => logger.error({ roomId, agent: name, error }, "a notice could not be stored"));
  const leftMs = () => state.retryAtMs - clock.monotonicMs();

  return {
    failed(error) {
      logger.warn({ roomId, agent: name, error }, "something outside the agent does not work; its messages wait");
      if (state.failures === 0) void notifyRoom(noticeOf(name, error));
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
