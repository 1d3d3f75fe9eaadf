import { presentAgent } from "../../core/room/room.js";
import type { AgentDisk } from "../../core/room/view.js";
import type { Clock } from "../../ports/clock.js";
import type { DiskUsage } from "../../ports/disk-usage.js";
import type { Health } from "../../ports/health.js";
import type { Logger } from "../../ports/logger.js";
import type { Sandbox, Sandboxes } from "../../ports/sandboxes.js";
import type { RoomService } from "../rooms/service.js";
import { afterCount, type DiskChange, type DiskState, paceMs, released, uncountedDisk } from "./disk-state.js";
import { heldText, releasedText } from "./disk-words.js";

/** Keeps agents within their disk quota. */
export interface DiskQuota {
  /** The sandboxes, counted while they run; start them through this. */
  sandboxes: Sandboxes;
  /** Calls `listener` with a clause for people while that sandbox is frozen because of its disk, repeated now and then, and with undefined when it resumes. One listener per id. */
  watch(id: string, listener: (why: string | undefined) => void): void;
  /** The latest count of the agent's disk; undefined if this process has not counted it. */
  of(agent: { roomId: string; name: string }): AgentDisk | undefined;
  /** Bad while an agent is paused for its disk, or agents cannot be counted. */
  check(): Health;
  stop(): void;
}

export interface DiskQuotaOptions {
  sandboxes: Sandboxes;
  disk: DiskUsage;
  rooms: Pick<RoomService, "peek" | "execute">;
  /** Quota of an agent's home and work folder together, bytes. */
  quotaBytes: number;
  clock: Clock;
  logger: Logger;
}

/** One sandbox that this process holds, or held. */
interface Watched {
  roomId: string;
  agent: string;
  state: DiskState;
  /** Monotonic ms; undefined if it does not run. */
  dueAtMs: number | undefined;
  /** The engine's own handle. */
  sandbox: Sandbox | undefined;
  /** The owner of the sandbox wants it frozen as well. */
  isPaused: boolean;
  toldAtMs: number;
  listener?: (why: string | undefined) => void;
}

const tickMs = 1_000;
/** Most of the time that counting may take, as a share: the next count waits for a multiple of the last one's duration. */
const restFactor = 4;
const tellAgainMs = 60_000;
/** Delay before an engine that failed to count is asked again. */
const awayMs = 15_000;

/** Counts disks regularly, and freezes sandboxes over their quota until they are below it. */
export function createDiskQuota(options: DiskQuotaOptions): DiskQuota {
  const { disk, quotaBytes, clock, logger } = options;
  const watched = new Map<string, Watched>();
  const telling = createTelling(options);
  let problem: string | undefined;
  let cancel: (() => void) | undefined;
  let isStopped = false;

  function schedule(afterMs: number): void {
    if (isStopped || cancel) return;
    cancel = clock.after(afterMs, () => void tick());
  }

  async function tick(): Promise<void> {
    const startedMs = clock.monotonicMs();
    const due = [...watched].filter(([, { dueAtMs }]) => dueAtMs !== undefined && dueAtMs <= startedMs);
    if (due.length > 0) await countAll(due.map(([id]) => id));
    cancel = undefined;
    const tookMs = clock.monotonicMs() - startedMs;
    if ([...watched.values()].some(({ dueAtMs }) => dueAtMs !== undefined))
      schedule(Math.max(tickMs, tookMs * restFactor));
  }

  async function countAll(ids: readonly string[]): Promise<void> {
    try {
      const counted = await disk.count(ids);
      problem = undefined;
      for (const id of ids) await apply(id, counted);
    } catch (error) {
      if (problem === undefined) logger.warn({ error }, "the disk usage of agents could not be counted");
      problem = error instanceof Error ? error.message : String(error);
      for (const id of ids) putOff(id);
    }
  }

  function putOff(id: string): void {
    const one = watched.get(id);
    if (one?.sandbox) one.dueAtMs = clock.monotonicMs() + awayMs;
  }

  async function apply(id: string, counted: ReadonlyMap<string, number | undefined>): Promise<void> {
    const one = watched.get(id);
    if (!one?.sandbox) return;
    const before = one.state;
    const { state, change } = afterCount(before, { counted: counted.has(id) ? counted.get(id) : 0, quotaBytes });
    one.state = state;
    one.dueAtMs = clock.monotonicMs() + paceMs(state, quotaBytes);
    await enforce(one, change).catch((error: unknown) => {
      // The next count tries it again.
      one.state = before;
      logger.warn({ sandbox: id, error }, "a sandbox could not be frozen or resumed because of its disk");
    });
  }

  async function enforce(one: Watched, change: DiskChange): Promise<void> {
    if (change === "hold") await one.sandbox?.pause();
    if (change === "release" && !one.isPaused) await one.sandbox?.resume();
    if (change !== "none") await telling.changed(one);
    else if (one.state.isHeld) telling.again(one);
  }

  function begin(id: string, labels: Record<string, string>, sandbox: Sandbox): Sandbox {
    const { room: roomId = "", agent = "" } = labels;
    const one = watched.get(id) ?? { ...unknown };
    Object.assign(one, {
      roomId,
      agent,
      state: released(one.state),
      dueAtMs: clock.monotonicMs(),
      sandbox,
      isPaused: false,
    });
    watched.set(id, one);
    const end = () => {
      if (one.sandbox !== sandbox) return;
      one.sandbox = undefined;
      one.dueAtMs = undefined;
      one.state = released(one.state);
    };
    sandbox.exited().then(end, end);
    schedule(0);
    return guard(one, sandbox);
  }

  return {
    sandboxes: {
      ...options.sandboxes,
      start: async (spec) => begin(spec.id, spec.labels, await options.sandboxes.start(spec)),
      async remove(id, how) {
        await options.sandboxes.remove(id, how);
        if (how.volumes) watched.delete(id);
      },
    },
    watch(id, listener) {
      const one = watched.get(id);
      if (one) one.listener = listener;
      else watched.set(id, { ...unknown, listener });
    },
    of: ({ roomId, name }) => diskOf(watched.values(), { roomId, name, quotaBytes }),
    check: () => healthOf(watched.values(), { problem, quotaBytes }),
    stop() {
      isStopped = true;
      cancel?.();
    },
  };
}

/** The handle that callers get. Their pause and resume take effect only while the disk quota allows it. */
function guard(one: Watched, sandbox: Sandbox): Sandbox {
  return {
    ...sandbox,
    async pause() {
      one.isPaused = true;
      await sandbox.pause();
    },
    async resume() {
      one.isPaused = false;
      if (!one.state.isHeld) await sandbox.resume();
    },
  };
}

/** A sandbox that is watched before it starts. */
const unknown: Watched = {
  roomId: "",
  agent: "",
  state: uncountedDisk,
  dueAtMs: undefined,
  sandbox: undefined,
  isPaused: false,
  toldAtMs: Number.NEGATIVE_INFINITY,
};

/** An agent that left and came back has an older sandbox too. The one that runs, or ran last, is shown. */
function diskOf(
  all: Iterable<Watched>,
  { roomId, name, quotaBytes }: { roomId: string; name: string; quotaBytes: number },
): AgentDisk | undefined {
  const own = [...all].filter((one) => one.roomId === roomId && one.agent === name);
  const shown = own.find(({ sandbox }) => sandbox !== undefined) ?? own.at(-1);
  if (shown?.state.usedBytes === undefined && !shown?.state.isHeld) return undefined;
  const { state } = shown;
  return {
    usedBytes: state.usedBytes ?? 0,
    quotaBytes,
    ...(state.isHeld && { note: `${heldText(name, state, quotaBytes)}.` }),
  };
}

function healthOf(
  all: Iterable<Watched>,
  { problem, quotaBytes }: { problem: string | undefined; quotaBytes: number },
): Health {
  const held = [...all].filter(({ state }) => state.isHeld);
  const texts = held.map(({ roomId, agent, state }) => `In room ${roomId}: ${heldText(agent, state, quotaBytes)}.`);
  const shown = texts.length > 5 ? [...texts.slice(0, 5), `${texts.length - 5} more agents are paused.`] : texts;
  const parts = [...shown, ...(problem === undefined ? [] : [problem])];
  return parts.length === 0 ? { ok: true } : { ok: false, detail: parts.join(" ") };
}

/** Tells people once: through the runner during a turn, otherwise with a notice in the room. */
function createTelling({ rooms, quotaBytes, clock, logger }: DiskQuotaOptions) {
  async function notify({ roomId, agent }: Watched, text: string): Promise<void> {
    const notice = { type: "notice.post", text, about: agent, severity: "warning" } as const;
    await rooms
      .execute(roomId, notice)
      .catch((error: unknown) => logger.error({ roomId, error }, "a notice could not be stored"));
  }

  return {
    async changed(one: Watched): Promise<void> {
      const { roomId, agent, state, listener } = one;
      const why = state.isHeld ? heldText(agent, state, quotaBytes) : undefined;
      logger.warn({ roomId, agent, usedBytes: state.usedBytes, quotaBytes }, why ?? "an agent is below its disk quota");
      one.toldAtMs = clock.monotonicMs();
      const isInTurn = await rooms.peek(roomId, (room) => presentAgent(room, agent)?.turn !== undefined);
      listener?.(why);
      if (isInTurn && listener) return;
      await notify(one, why === undefined ? releasedText(agent, state, quotaBytes) : `${why}.`);
    },
    /** A turn may have begun since then. It must not time out while its agent is frozen. */
    again(one: Watched): void {
      if (clock.monotonicMs() - one.toldAtMs < tellAgainMs) return;
      one.toldAtMs = clock.monotonicMs();
      one.listener?.(heldText(one.agent, one.state, quotaBytes));
    },
  };
}
