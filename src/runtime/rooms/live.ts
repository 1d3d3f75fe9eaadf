import type { Command } from "../../core/room/command.js";
import type { RoomCommit } from "../../core/room/commit.js";
import type { Decision } from "../../core/room/decide/decision.js";
import type { RoomEvent } from "../../core/room/event.js";
import type { Rejection } from "../../core/room/rejection.js";
import { actorName } from "../../core/room/rights.js";
import type { Room } from "../../core/room/room.js";
import type { Clock } from "../../ports/clock.js";
import { type InFlight, nothingInFlight } from "./in-flight.js";
import type { Once } from "./once.js";

/** How a command ended once it was durable. */
export type Executed =
  | { kind: "accepted"; version: number; events: RoomEvent[] }
  | { kind: "duplicate"; version: number; messageId?: string }
  | { kind: "rejected"; rejection: Rejection };

/** A command on its way into the log. */
export interface PendingCommand {
  command: Command;
  cause: string | undefined;
  /** Another process may have decided it already. */
  once: Once | undefined;
  tries: number;
  decision: Decision;
  commit: RoomCommit | undefined;
  resolve: (executed: Executed) => void;
  reject: (error: unknown) => void;
}

/** A command that never came as far as the log. */
export function rejectedSubmission(rejection: Rejection): { decision: Decision; durable: Promise<Executed> } {
  const decision = { kind: "rejected", rejection } as const;
  return { decision, durable: Promise.resolve(decision) };
}

/** A folded room in memory, with what is on its way into the log. */
export interface LiveRoom {
  readonly stream: string;
  /** With everything decided so far; commits above `durableVersion` are still being written. */
  room: Room;
  durableVersion: number;
  snapshotVersion: number;
  /** Entries of the log that could not be read. */
  quarantined: { position: string; reason: string }[];
  inFlight: InFlight<PendingCommand>;
  /** The latest durable commits, oldest first, without gaps. */
  recent: RoomCommit[];
  /** Tells those who wait that something became durable. */
  advanced(): void;
  /** Resolves at the next advance or after `waitMs`. */
  nextAdvance(clock: Clock, waitMs: number): Promise<void>;
}

/** A room in memory with its queue of commands, at rest. */
export function createLiveRoom(stream: string, room: Room): LiveRoom {
  let waiting: (() => void)[] = [];
  const live: LiveRoom = {
    stream,
    room,
    durableVersion: room.version,
    snapshotVersion: 0,
    quarantined: [],
    inFlight: nothingInFlight,
    recent: [],
    advanced: () => {
      const told = waiting;
      if (told.length === 0) return;
      waiting = [];
      for (const tell of told) tell();
    },
    nextAdvance: (clock, waitMs) =>
      new Promise((resolve) => {
        const cancel = clock.after(Math.max(0, waitMs), resolve);
        waiting.push(() => {
          cancel();
          resolve();
        });
      }),
  };
  return live;
}

/** Adds durable commits to the latest ones, of which between once and twice `count` are kept. Commits before a gap are dropped. Call it when `durableVersion` is set. */
export function rememberCommits(live: LiveRoom, commits: readonly RoomCommit[], count: number): void {
  for (const commit of commits) {
    const last = live.recent.at(-1);
    if (last && last.version + 1 !== commit.version) live.recent = [];
    live.recent.push(commit);
  }
  if (live.recent.at(-1)?.version !== live.durableVersion) live.recent = [];
  const extra = live.recent.length - count;
  if (extra > count) live.recent.splice(0, extra);
}

/** A command that nothing was decided about yet, and how it will end. */
export function pendingCommand(
  command: Command,
  { cause, once }: { cause?: string | undefined; once?: Once | undefined },
): { pending: PendingCommand; durable: Promise<Executed> } {
  const pending: PendingCommand = {
    command,
    cause,
    once,
    tries: 0,
    decision: { kind: "accepted", events: [] },
    commit: undefined,
    resolve: () => {},
    reject: () => {},
  };
  const durable = new Promise<Executed>((resolve, reject) => Object.assign(pending, { resolve, reject }));
  return { pending, durable };
}

/** How its command ended, once it is durable. */
export function executed({ decision, commit }: PendingCommand): Executed {
  if (decision.kind !== "accepted") return decision;
  return { kind: "accepted", version: commit?.version ?? 0, events: decision.events };
}

/** The decision on a command that is durable already. */
export function decisionOf(executed: Executed): Decision {
  return executed.kind === "accepted" ? { kind: "accepted", events: executed.events } : executed;
}

/** How a command ended that is in the log already: another process decided it. */
export function executedAs({ version, events }: RoomCommit): Executed {
  return { kind: "accepted", version, events };
}

/** Under whose name a commit stands. */
export function commandActor(command: Command): string {
  if ("by" in command) return actorName(command.by);
  if ("agent" in command && typeof command.agent === "string") return command.agent;
  return command.type === "person.join" ? command.name : "parley";
}
