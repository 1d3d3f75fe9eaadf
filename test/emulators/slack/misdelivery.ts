import type { Answer, Dispatch, Transport } from "./delivery.js";
import type { Fault, Faults } from "./faults.js";

export interface Misdelivery {
  /** Sends a payload the way the armed faults say, or plainly. */
  send(dispatch: Dispatch): Promise<Answer>;
  /** Sends the events that a `reorder` fault still holds, last first. */
  release(): void;
}

export interface MisdeliveryOptions {
  readonly faults: Faults;
  readonly transport: () => Transport;
  readonly later: (work: () => void, delayMs: number) => void;
}

const lost: Answer = { acked: false, failure: "dispatch_failed", reason: "connection_failed" };

/** The faults of the way to the app: lost, slow, doubled, reordered, cut. */
export function createMisdelivery({ faults, transport, later }: MisdeliveryOptions): Misdelivery {
  let held: (() => void)[] = [];
  let holdFor = 0;

  const release = (): void => {
    const waiting = held.reverse();
    held = [];
    holdFor = 0;
    for (const send of waiting) send();
  };
  const hold = (): Promise<void> =>
    new Promise((resolve) => {
      held.push(resolve);
      if (held.length >= holdFor) release();
    });

  return {
    release,
    send: async (dispatch) => {
      const fault = faults.strike("delivery", dispatch.kind, dispatch.payload);
      if (fault?.mode === "reorder") {
        holdFor = fault.count ?? 2;
        later(release, fault.delayMs ?? 1_000);
      }
      if (holdFor > 0) await hold();
      if (fault?.mode === "slow") await new Promise<void>((resolve) => later(resolve, fault.delayMs ?? 1_000));
      return fault === undefined ? transport().send(dispatch) : play(fault, dispatch, transport());
    },
  };
}

async function play(fault: Fault, dispatch: Dispatch, transport: Transport): Promise<Answer> {
  if (fault.mode === "lose") return lost;
  if (fault.mode === "drop_socket" && fault.phase === "after") return transport.send({ ...dispatch, cutAfter: true });
  if (fault.mode === "drop_socket") {
    transport.cut();
    return lost;
  }
  const first = transport.send(dispatch);
  if (fault.mode !== "duplicate") return first;
  const copies = Array.from({ length: fault.count ?? 1 }, (_, index) =>
    transport.send({ ...dispatch, attempt: dispatch.attempt + index + 1, reason: "timeout" }),
  );
  await Promise.all(copies);
  return first;
}
