import { SlackError } from "./slack-error.js";

/** Where a fault strikes. */
export type FaultTarget =
  /** A Web API method, an upload (`upload`) or a response URL (`response_url`); narrowed with `method`. */
  | "call"
  /** Deliveries of the platform to the app; narrowed with `method`: `event`, `slash` or `interactive`. */
  | "delivery"
  /** The web-socket handshake. */
  | "socket";

export type FaultMode =
  | "rate_limit"
  | "http_error"
  | "error"
  | "drop"
  | "hang"
  | "slow"
  | "garbage"
  | "kill"
  | "duplicate"
  | "lose"
  | "reorder"
  | "drop_socket"
  | "refuse";

export interface Fault {
  readonly target: FaultTarget;
  readonly mode: FaultMode;
  /** Only this method or kind of delivery. */
  readonly method?: string;
  /** Only where the request or payload, as JSON, holds this text. */
  readonly match?: string;
  /** Number of matching ones to let pass first. Default 0. */
  readonly skip?: number;
  /** Number of times it strikes. Default 1. */
  readonly times?: number;
  /** Before the effect (it does not happen) or after it (it happens; the answer is what suffers). Default before. */
  readonly phase?: "before" | "after";
  /** For `slow`, `hang` and `reorder`: at most how long. Default 1,000; for `hang` until the caller gives up. */
  readonly delayMs?: number;
  /** For `rate_limit`. Default 1. */
  readonly retryAfterS?: number;
  /** For `http_error`. Default 503. */
  readonly status?: number;
  /** For `error`: the Slack error code. Default `internal_error`. */
  readonly error?: string;
  /** For `duplicate`: extra copies (default 1). For `reorder`: number of events held back and sent last first (default 2). */
  readonly count?: number;
}

export interface Faults {
  /** Arms a fault; returns how to disarm it. */
  add(fault: Fault): () => void;
  /** The armed fault that strikes here, used up by one; undefined when none does. */
  strike(target: FaultTarget, method: string, subject: unknown): Fault | undefined;
  clear(): void;
  armed(): readonly Fault[];
}

const modes: Readonly<Record<FaultTarget, readonly FaultMode[]>> = {
  call: ["rate_limit", "http_error", "error", "drop", "hang", "slow", "garbage", "kill"],
  delivery: ["duplicate", "lose", "reorder", "slow", "drop_socket"],
  socket: ["refuse", "hang"],
};

/** The faults that wait to strike. A fault that could not happen for real is refused with `invalid_fault`. */
export function createFaults(): Faults {
  const armed = new Set<{ fault: Fault; skip: number; times: number }>();
  return {
    add: (fault) => {
      check(fault);
      const entry = { fault, skip: fault.skip ?? 0, times: fault.times ?? 1 };
      armed.add(entry);
      return () => armed.delete(entry);
    },
    strike: (target, method, subject) => {
      const text = JSON.stringify(subject) ?? "";
      for (const entry of armed) {
        if (!matches({ fault: entry.fault, target, method, text })) continue;
        entry.skip -= 1;
        if (entry.skip >= 0) continue;
        entry.times -= 1;
        if (entry.times <= 0) armed.delete(entry);
        return entry.fault;
      }
      return undefined;
    },
    clear: () => armed.clear(),
    armed: () => [...armed].map((entry) => entry.fault),
  };
}

function check(fault: Fault): void {
  if (!modes[fault.target]?.includes(fault.mode)) {
    throw new SlackError("invalid_fault", { detail: `${fault.mode} cannot strike a ${fault.target}` });
  }
  if (fault.mode === "rate_limit" && fault.phase === "after") {
    throw new SlackError("invalid_fault", { detail: "a 429 never has an effect" });
  }
}

interface Candidate {
  readonly fault: Fault;
  readonly target: FaultTarget;
  readonly method: string;
  readonly text: string;
}

function matches({ fault, target, method, text }: Candidate): boolean {
  if (fault.target !== target) return false;
  if (fault.method !== undefined && fault.method !== method) return false;
  return fault.match === undefined || text.includes(fault.match);
}
