export type FaultMode = "rate_limit" | "http_error" | "error" | "drop" | "hang" | "slow" | "garbage";

export interface Fault {
  /** `rest`: a call, narrowed with `route` (`POST webhook`) and `match`. `gateway`: the handshake. */
  target: "rest" | "gateway";
  mode: FaultMode;
  route?: string;
  /** Only where address and body, as text, hold this. */
  match?: string;
  skip?: number;
  times?: number;
  phase?: "before" | "after";
  delayMs?: number;
  retryAfterMs?: number;
  status?: number;
  /** For `error`: Discord's own code. */
  code?: number;
}

export interface Faults {
  add(fault: Fault): () => void;
  strike(target: Fault["target"], route: string, subject: string): Fault | undefined;
  clear(): void;
}

export function createFaults(): Faults {
  const armed = new Set<{ fault: Fault; skip: number; times: number }>();
  return {
    add(fault) {
      if (fault.mode === "rate_limit" && fault.phase === "after") throw new TypeError("a 429 never has an effect");
      const entry = { fault, skip: fault.skip ?? 0, times: fault.times ?? 1 };
      armed.add(entry);
      return () => void armed.delete(entry);
    },
    strike(target, route, subject) {
      for (const entry of armed) {
        const { fault } = entry;
        if (fault.target !== target || (fault.route !== undefined && fault.route !== route)) continue;
        if (fault.match !== undefined && !subject.includes(fault.match)) continue;
        entry.skip -= 1;
        if (entry.skip >= 0) continue;
        entry.times -= 1;
        if (entry.times <= 0) armed.delete(entry);
        return fault;
      }
      return undefined;
    },
    clear: () => armed.clear(),
  };
}
