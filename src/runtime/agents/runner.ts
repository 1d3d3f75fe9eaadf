import type { AgentInput, AgentSpec, Agents, AskDecision } from "../../ports/agents.js";
import type { Clock } from "../../ports/clock.js";
import type { Ids } from "../../ports/ids.js";
import type { Logger } from "../../ports/logger.js";
import type { ActivityHub } from "../presence/activity.js";
import type { RoomService } from "../rooms/service.js";
import type { ConversationWatch } from "./failing-conversation.js";
import type { AgentJournal } from "./journal.js";
import type { OutputKeeperOptions } from "./kept-output.js";
import type { Outage } from "./outages.js";

/** Runs one agent of one room on this node: its session and its current turn. */
export interface AgentRunner {
  /** Id of the current turn. A cancelled turn counts until the agent has stopped. */
  readonly turnId: string | undefined;
  /** True for a turn that was stopped here lately because the log could not be written for a while: no restart of Parley. */
  isUnstored(turnId: string): boolean;
  /** Starts a turn with these inputs, opening the session if needed. Returns immediately. */
  startTurn(turn: TurnToStart): void;
  /**
   * Continues a turn started by an earlier instance of this node if its process still runs; otherwise loses it. Returns immediately.
   */
  takeOverTurn(turn: TurnToTakeOver): void;
  /** Delivers a message to the running turn. */
  steer(input: AgentInput): void;
  /** Answers an open request of the turn. Idempotent. */
  answer(requestId: string, decision: (input: unknown) => AskDecision): void;
  /** Stops the agent after the log has ended its turn. Wakes the mailbox once it has stopped. */
  stop(): void;
  /** Ends the session after the log has lost its turn: it would ignore the messages when they are delivered again. The next turn resumes it. */
  dropLost(): void;
  /** Discards a turn that was started here but is missing from the log. */
  restartSession(turnId: string): void;
  /** Times out a turn that is silent for too long without an open request, and ends an idle process. Called periodically. */
  checkIdle(): void;
  /** Takes `frozenMs`, in which this process stood still, off the agent's silence and idle time. */
  discountFrozen(frozenMs: number): void;
  close(options: { graceful: boolean }): Promise<void>;
  /** Shuts down. Returns true if the agent waits for a person and keeps running for the next instance; otherwise it is closed. */
  leave(): Promise<boolean>;
}

export interface TurnToStart {
  turnId: string;
  inputs: () => Promise<AgentInput[]>;
  /** Stop the sandbox when the turn has ended. */
  shutdown: boolean;
}

export interface TurnToTakeOver extends TurnToStart {
  /** Unix ms. */
  startedAtMs: number;
  /** Messages delivered during the turn, one by one. */
  steered: () => Promise<AgentInput[]>;
}

/** Reason recorded for a lost turn that no process continues. */
export const restarted = "Parley was restarted in the middle of it.";

export interface SessionToOpen {
  spec: AgentSpec;
  agents: Agents;
  sessionId: string;
  /** Of a conversation that was asked for on the same session. */
  conversationId?: string;
  resume: boolean;
  hasConversed: boolean;
  /** Names the provider and the model of its calls, the same for agents that share both. */
  provider: string;
  /** Idle time after which the session's process ends; the next turn resumes it. Absent: never. */
  idleStopMs?: number | undefined;
}

export interface RunnerOptions extends OutputKeeperOptions {
  roomId: string;
  name: string;
  /** Read when the session opens. `resume`: the agent had earlier turns. */
  openSpec: () => Promise<SessionToOpen>;
  rooms: RoomService;
  journal: AgentJournal;
  activity: ActivityHub;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  node: string;
  instance: string;
  onlyNode: boolean;
  turnIdleMs: number;
  outage: Outage;
  conversation: ConversationWatch;
  /** Wakes the mailbox after `delayMs`. */
  wake: (delayMs?: number) => void;
}
