import { type OpenOutages, outagesOf } from "../../core/room/open-outage.js";
import type { Clock } from "../../ports/clock.js";
import type { Health } from "../../ports/health.js";
import type { Logger } from "../../ports/logger.js";
import type { RoomService } from "../rooms/service.js";
import {
  afterFailure,
  beginText,
  causeOfOutage,
  endsWithHealth,
  noOutage,
  outagesText,
  outageToldBefore,
  type RoomOutage,
  withAgent,
  withoutAgent,
} from "./outage.js";
import { createOutageNotices } from "./outage-notices.js";

const checkEveryMs = 1_000;

/** An outage of an external dependency, as one agent sees it. */
export interface Outage {
  /**
   * Records a failure: the back-off grows, and the room gets a notice unless an outage is known there. `isCutOff`: it ended a turn under way. `awaitsAnswer`: the
   * model's provider does not answer.
   */
  failed(error: unknown, how?: { isCutOff?: boolean; awaitsAnswer?: boolean }): void;
  /**
   * Ends the outage for this agent; the room gets a notice when it was the last one. The next failure starts a new outage. `reached`: the agent can be reached, which
   * does not end an outage of its model's provider; `answered`: the model has answered.
   */
  over(sign: "reached" | "answered"): void;
  /** True while the model's provider does not answer. */
  readonly awaitsAnswer: boolean;
  /** True while a back-off is running. */
  readonly isWaiting: boolean;
  /** True from a failure until `over`. */
  readonly isOpen: boolean;
  /** Resolves after the back-off, at once without one, and at once when the runtimes' health turns good. Never settles if `cancel` is called meanwhile. */
  passed(): Promise<void>;
  /** Drops callers waiting in `passed`: nobody wants this agent to work now. The back-off is kept. */
  cancel(): void;
}

/** Outages of all agents of this node. */
export interface Outages {
  of(agent: { roomId: string; name: string }): Outage;
  /**
   * Called with the outages that the agent's room knows, before this process gives the agent work. It continues those that an earlier process of the node announced, so
   * that each is announced once when it begins and once when it ends. `hasWork`: the agent is to work now; without it nobody waits for the agent.
   */
  resume(agent: { roomId: string; name: string }, known: { told: OpenOutages | undefined; hasWork: boolean }): void;
  /** Whether agents of this node can be reached; otherwise how many wait, and for what. */
  check(): Health;
  stop(): void;
}

export interface OutagesOptions {
  rooms: RoomService;
  /** True if everything that agents need works. Called every second during an outage. */
  isHealthy: () => Promise<boolean>;
  clock: Clock;
  logger: Logger;
  node: string;
  /** True if no other process writes to the log. */
  onlyNode: boolean;
}

/** One notice per room when an outage begins and one when it has ended, however many agents it concerns. */
export function createOutages(options: OutagesOptions): Outages {
  const { clock, logger } = options;
  const { node, onlyNode } = options;
  const byRoom = new Map<string, RoomOutage>();
  /** Rooms whose outages this process has announced or resumed: it knows more of them than their logs. */
  const known = new Set<string>();
  const notices = createOutageNotices(options);
  const health = createHealthWatch(options, () => {
    for (const [roomId, outage] of byRoom) if (endsWithHealth(outage)) end(roomId);
    return [...byRoom.values()].some(({ away }) => away.size > 0);
  });

  function begin(
    { roomId, name }: { roomId: string; name: string },
    error: unknown,
    how: { isCutOff: boolean; awaitsAnswer: boolean },
  ): void {
    const before = byRoom.get(roomId);
    const outage = withAgent(before, { name, nowMs: clock.nowMs(), why: causeOfOutage(error), ...how });
    byRoom.set(roomId, outage);
    known.add(roomId);
    if (!before) announce(roomId, { outage, text: beginText(name, error), about: name });
    health.start();
  }

  function announce(roomId: string, begun: { outage: RoomOutage; text: string; about: string }): void {
    const { outage, ...notice } = begun;
    notices.post(roomId, () => {
      // Agents of the same moment are cut off by the time it is written.
      const { sinceMs, why, cutOff, awaitsAnswer } = byRoom.get(roomId) ?? outage;
      const cause = { sinceMs, why, cutOff: [...cutOff], ...(awaitsAnswer && { awaitsAnswer: true as const }) };
      return { type: "outage.begin", node, onlyNode, ...notice, ...cause };
    });
  }

  function leave({ roomId, name }: { roomId: string; name: string }): void {
    const before = byRoom.get(roomId);
    if (before?.away.has(name)) byRoom.set(roomId, withoutAgent(before, name));
  }

  function end(roomId: string): void {
    const ended = byRoom.get(roomId);
    byRoom.delete(roomId);
    if (ended) notices.post(roomId, () => ({ type: "outage.end", node, onlyNode, cutOff: [...ended.cutOff] }));
  }

  function resume(
    { roomId, name }: { roomId: string; name: string },
    { told, hasWork }: { told: OpenOutages | undefined; hasWork: boolean },
  ): void {
    if (!hasWork) leave({ roomId, name });
    const before = known.has(roomId) ? undefined : outageToldBefore(outagesOf(told, { node, onlyNode }));
    if (!before) return;
    known.add(roomId);
    byRoom.set(roomId, { ...before, away: new Set(hasWork ? [name] : []) });
    health.start();
  }

  function of(agent: { roomId: string; name: string }): Outage {
    const { roomId, name } = agent;
    let state = noOutage;
    let endWait = (_how: "retry" | "drop") => {};
    const leftMs = () => state.retryAtMs - clock.monotonicMs();
    return {
      failed(error, { isCutOff = false, awaitsAnswer = false } = {}) {
        logger.warn({ roomId, agent: name, error }, "something outside the agent does not work; its messages wait");
        state = afterFailure(state, clock.monotonicMs(), { awaitsAnswer });
        begin(agent, error, { isCutOff, awaitsAnswer });
      },
      over(sign) {
        if (state.awaitsAnswer && sign === "reached") return;
        state = noOutage;
        leave(agent);
        const left = byRoom.get(roomId);
        if (left?.away.size === 0 && (sign === "answered" || !left.awaitsAnswer)) end(roomId);
      },
      get isWaiting() {
        return leftMs() > 0;
      },
      get isOpen() {
        return state.failures > 0;
      },
      get awaitsAnswer() {
        return state.awaitsAnswer === true;
      },
      async passed() {
        if (leftMs() <= 0) return;
        endWait("drop");
        await new Promise<void>((resolve) => {
          const retry = () => endWait("retry");
          const cancelTimer = clock.after(leftMs(), retry);
          health.onRecovered.add(retry);
          endWait = (how) => {
            cancelTimer();
            health.onRecovered.delete(retry);
            endWait = () => {};
            if (how === "retry") resolve();
          };
        });
      },
      cancel() {
        endWait("drop");
        leave(agent);
      },
    };
  }

  function check(): Health {
    const detail = outagesText(byRoom.values());
    return detail === undefined ? { ok: true } : { ok: false, detail };
  }

  function stop(): void {
    health.stop();
    notices.stop();
  }

  return { of, resume, check, stop };
}

/**
 * Checks health every second for as long as `settle`, called when it is good, or an unhealthy runtime says that an outage is open. Calls
 * `onRecovered` when health turns good.
 */
function createHealthWatch({ isHealthy, clock }: OutagesOptions, settle: () => boolean) {
  const onRecovered = new Set<() => void>();
  let isRunning = false;
  let wasHealthy = true;
  let cancel = () => {};

  async function check(): Promise<void> {
    const isNow = await isHealthy().catch(() => false);
    if (!isRunning) return;
    if (isNow && !wasHealthy) for (const recover of [...onRecovered]) recover();
    wasHealthy = isNow;
    isRunning = !isNow || settle();
    if (isRunning) cancel = clock.after(checkEveryMs, () => void check());
  }

  return {
    onRecovered,
    start(): void {
      if (isRunning) return;
      [isRunning, wasHealthy] = [true, true];
      void check();
    },
    stop(): void {
      isRunning = false;
      cancel();
    },
  };
}
