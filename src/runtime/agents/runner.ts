import type { AgentInput, AgentSpec, Agents, AskDecision } from "../../ports/agents.js";
import type { Clock } from "../../ports/clock.js";
import type { Ids } from "../../ports/ids.js";
import type { Logger } from "../../ports/logger.js";
import type { ActivityHub } from "../presence/activity.js";
import type { RoomService } from "../rooms/service.js";
import type { AgentJournal } from "./journal.js";

/** One agent of one room on this node: its session, and the turn it is in. */
export interface AgentRunner {
  /** Turn under way here, cancelled ones included until the agent has stopped. */
  readonly turnId: string | undefined;
  /** Starts a turn with these inputs; opens the session first if need be. Returns at once. */
  begin(turn: TurnToBegin): void;
  /**
   * Goes on with a turn that an earlier life of this node began, where its process still runs; loses it where none does. Returns at once.
   */
  takeUp(turn: TurnToTakeUp): void;
  /** Hands a message to the turn under way. */
  steer(input: AgentInput): void;
  /** Answers what the turn waits for; the same answer twice is one. */
  answer(requestId: string, decision: (input: unknown) => AskDecision): void;
  /** The log has ended the turn: stops what the agent does. The mailbox is woken once it has stopped. */
  stop(): void;
  /** A turn that was begun here is not in the log: what the agent did in it counts for nothing. */
  startOver(turnId: string): void;
  /** Times the turn out, if it has been silent for too long and waits for nobody; ends the process nobody has needed for long. Called every now and then. */
  checkIdle(): void;
  close(options: { graceful: boolean }): Promise<void>;
  /** This node ends: who waits for a person runs on (then true), if the next one can take that up; everybody else is closed. */
  leave(): Promise<boolean>;
}

export interface TurnToBegin {
  turnId: string;
  inputs: () => Promise<AgentInput[]>;
  /** Its sandbox stops when the turn ended. */
  shutdown: boolean;
}

export interface TurnToTakeUp extends TurnToBegin {
  /** Unix ms. */
  startedAtMs: number;
  /** What reached it inside the turn, each by itself. */
  steered: () => Promise<AgentInput[]>;
}

/** Why a turn counts as lost that nobody goes on with. */
export const restarted = "Parley was restarted in the middle of it.";

/** A span of time for people, in seconds or minutes. */
export function inWords(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

export interface SessionToOpen {
  spec: AgentSpec;
  agents: Agents;
  sessionId: string;
  resume: boolean;
  /** Without a turn for so long, the session's process ends; the next turn resumes it. Absent: it stays. */
  idleStopMs?: number | undefined;
}

export interface RunnerOptions {
  roomId: string;
  name: string;
  /** Read when the session opens. `resume`: it had turns before this one. */
  openSpec: () => Promise<SessionToOpen>;
  rooms: RoomService;
  journal: AgentJournal;
  activity: ActivityHub;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  node: string;
  boot: string;
  onlyNode: boolean;
  turnIdleMs: number;
  /** The mailbox has something to do; after `delayMs`. */
  wake: (delayMs?: number) => void;
}
