import { Worker } from "node:worker_threads";

/** Exit code of a server that did not stop in good order. */
const exitFailed = 1;
/** Longest that stopping in good order takes, ms. */
const stopDeadlineMs = 8_000;
/** Then whatever still runs is ended from outside the event loop, ms: a process that is told to end is gone within 10 s. */
const killDeadlineMs = 9_300;

/**
 * The first SIGTERM or SIGINT stops in good order; a second one, or the deadline, stops at once. What was acknowledged is on the disk either way. A thread of its own ends the process
 * where the event loop is too busy to see the deadline. `abandon` runs right before an end that is not in good order, and must not wait for anything.
 */
export function stopOnSignals(
  stop: () => Promise<void>,
  { abandon, complain }: { abandon: () => void; complain: (line: string) => void },
): void {
  let isStopping = false;
  const endAtOnce = (): void => {
    abandon();
    process.exit(exitFailed);
  };
  const onSignal = (): void => {
    if (isStopping) endAtOnce();
    isStopping = true;
    killAfter(killDeadlineMs);
    setTimeout(endAtOnce, stopDeadlineMs).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        complain(`parley did not stop in good order: ${error instanceof Error ? error.message : String(error)}`);
        endAtOnce();
      },
    );
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

/** A thread has an event loop of its own, so it is on time whatever the main one does. */
function killAfter(timeoutMs: number): void {
  const script = `setTimeout(() => process.kill(${process.pid}, "SIGKILL"), ${timeoutMs});`;
  new Worker(script, { eval: true }).unref();
}
