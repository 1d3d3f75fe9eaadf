import type { Socket } from "node:net";
import { allowsEgress, type EgressTarget } from "../../src/core/values/egress.js";
import type { EgressCaller, EgressEnd } from "../../src/ports/egress.js";
import type { Logger } from "../../src/ports/logger.js";
import { type DialOptions, dial } from "./dial.js";
import { type Refusal, refusals } from "./refusals.js";

export interface VisitsOptions extends DialOptions {
  maxConnections: number;
  /** A connection on which nothing moves, either way, is cut after this. */
  idleTimeoutMs: number;
  /** How often the list is looked at again while a connection is open. */
  recheckMs: number;
  onEnd: (end: EgressEnd) => void;
  logger: Logger;
}

/** The connections of one agent. */
export interface Visits {
  /** Undefined: the request is not for a valid target. `leave` is called when the visit is cut. */
  begin(target: EgressTarget | undefined, leave: () => void): Visit;
  cutAll(): void;
}

export interface Visit {
  /** A connection to the target, where it may be reached and can be; rejects with a `Refusal`. */
  reach(): Promise<Socket>;
  /** It was refused, one of the two is gone, or all was said. Only the first call counts. */
  end(refusal?: Refusal): void;
}

interface Open {
  target: EgressTarget;
  /** The list had it. */
  isAdmitted: boolean;
  cut(): void;
}

export function createVisits(caller: EgressCaller, options: VisitsOptions): Visits {
  const { clock, logger, maxConnections, recheckMs } = options;
  const open = new Set<Open>();
  let cancelRecheck: (() => void) | undefined;

  async function admit(target: EgressTarget): Promise<void> {
    const list = await caller.list().catch(() => {
      throw refusals.noList();
    });
    if (!list) throw refusals.gone();
    if (allowsEgress(list, target)) return;
    caller.onUnlisted(target);
    throw refusals.unlisted(target, caller.roomId);
  }

  /** Closes the connection if the list cannot be read. */
  async function recheck(): Promise<void> {
    const list = await caller.list().catch(() => undefined);
    for (const visit of [...open]) if (visit.isAdmitted && !allowsEgress(list ?? [], visit.target)) visit.cut();
    schedule();
  }

  function schedule(): void {
    cancelRecheck?.();
    cancelRecheck = open.size === 0 ? undefined : clock.after(recheckMs, () => void recheck());
  }

  function begin(target: EgressTarget | undefined, leave: () => void): Visit {
    const stop = new AbortController();
    const startedMs = clock.monotonicMs();
    let socket: Socket | undefined;
    let isOver = false;

    function end(outcome: EgressEnd["outcome"]): void {
      if (isOver) return;
      isOver = true;
      if (visit) open.delete(visit);
      stop.abort();
      socket?.destroy();
      const counted = { outcome, sentBytes: socket?.bytesWritten ?? 0, receivedBytes: socket?.bytesRead ?? 0 };
      options.onEnd(counted);
      const ms = Math.round(clock.monotonicMs() - startedMs);
      const fields = { roomId: caller.roomId, agent: caller.agent, ...target, ...counted, ms };
      if (outcome === "refused") logger.debug(fields, "an agent was refused a connection");
      else logger.info(fields, "an agent's connection ended");
    }

    function cut(): void {
      end("cut");
      leave();
    }

    const visit: Open | undefined = target && { target, isAdmitted: false, cut };
    return {
      async reach() {
        if (!visit) throw refusals.form();
        if (open.size >= maxConnections) throw refusals.tooMany(maxConnections);
        open.add(visit);
        if (!cancelRecheck) schedule();
        await admit(visit.target);
        visit.isAdmitted = true;
        const reached = await dial(visit.target, stop.signal, options);
        reached.on("error", () => {});
        if (isOver) {
          reached.destroy();
          throw refusals.gone();
        }
        socket = reached;
        socket.setTimeout(options.idleTimeoutMs, cut);
        return socket;
      },
      end: (refusal) => end(refusal?.outcome ?? "done"),
    };
  }

  return {
    begin,
    cutAll: () => {
      cancelRecheck?.();
      cancelRecheck = undefined;
      for (const { cut } of [...open]) cut();
    },
  };
}
