import { PortError } from "../../ports/port-error.js";
import type { Sandboxes } from "../../ports/sandboxes.js";

/** When to try again, ms: sandboxes end by themselves after a while without work. */
const retryAfterMs = 30_000;

/**
 * Sandboxes of which at most `maxRunning` run at once, paused ones included. One more is refused with a retryable `PortError` (`unavailable`) that says so: its messages wait and it is tried
 * again. A sandbox that runs already is taken hold of whatever the number is. Processes that share an engine share the number; of two that start at the same moment both may be let in.
 */
export function capSandboxes(
  sandboxes: Sandboxes,
  { maxRunning, onRefused }: { maxRunning: number; onRefused: () => void },
): Sandboxes {
  /** Calls under way by id: the engine does not list these sandboxes yet. */
  const starting = new Map<string, number>();

  /** Admissions run one after another, so that each sees those before it. */
  let lastAdmission: Promise<unknown> = Promise.resolve();

  async function admit(id: string): Promise<void> {
    // Taken before the list: a start that ends while the engine answers is in one of the two.
    const underWay = [...starting.keys()];
    const listed = await sandboxes.list();
    const running = new Set(listed.filter(({ state }) => state !== "exited").map((one) => one.id));
    for (const other of underWay) running.add(other);
    if (running.has(id) || running.size < maxRunning) {
      count(id, 1);
      return;
    }
    onRefused();
    const outage = `As many agents run as may run at once here: ${maxRunning} (PARLEY_MAX_SANDBOXES). The next one starts when one of them has stopped`;
    throw new PortError(`${outage}.`, { code: "unavailable", retryable: true, retryAfterMs, outage });
  }

  function count(id: string, change: 1 | -1): void {
    const calls = (starting.get(id) ?? 0) + change;
    if (calls > 0) starting.set(id, calls);
    else starting.delete(id);
  }

  return {
    ...sandboxes,
    async start(spec) {
      const admission = lastAdmission.then(() => admit(spec.id));
      lastAdmission = admission.catch(() => {});
      await admission;
      try {
        return await sandboxes.start(spec);
      } finally {
        count(spec.id, -1);
      }
    },
  };
}
