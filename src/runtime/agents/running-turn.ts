import type { AgentInput } from "../../ports/agents.js";

/** A turn that runs in this process. */
export interface RunningTurn {
  turnId: string;
  shutdown: boolean;
  /** Monotonic time of the last output. */
  lastOutputMs: number;
  /** Inputs of open requests, by request id. */
  asks: Map<string, unknown>;
  answered: Set<string>;
  stoppedAtMs?: number;
  /** Set if an earlier instance of this node started the turn. Settles when its messages were redelivered; later messages wait for it. */
  takenOver?: Promise<void>;
  /** Resolves to whether the first messages were delivered; later messages wait for it. */
  handed?: Promise<boolean>;
  /** Its first messages; absent in a turn that began by itself or was taken over. */
  inputs?: () => Promise<AgentInput[]>;
  /** Messages that were delivered in it. */
  steered: AgentInput[];
  /** The model's provider does not answer: the agent is at rest until its messages are delivered again. */
  isPaused?: boolean;
}

/** A turn that begins at `nowMs`, in monotonic time. */
export function newTurn({ turnId, shutdown }: { turnId: string; shutdown: boolean }, nowMs: number): RunningTurn {
  return { turnId, shutdown, lastOutputMs: nowMs, asks: new Map(), answered: new Set(), steered: [] };
}

/** True while a question or a permission of the turn is not answered. */
export function waitsForPerson({ asks, answered }: RunningTurn): boolean {
  return asks.size > answered.size;
}
