import { type ReadonlySignal, signal } from "@preact/signals";
import type { PlacedStep } from "../../../src/core/room/step.js";
import { noRows, type StepRows, withSteps } from "../../../src/core/room/step-rows.js";
import type { RoomApi } from "./api.js";
import type { CallProblem } from "./problem.js";

/** The steps of one turn, as far as they were read. */
export interface TurnReading {
  readonly steps: ReadonlySignal<StepRows>;
  /** `follows`: everything so far is here, and the turn runs. */
  readonly status: ReadonlySignal<"reading" | "follows" | "done" | { problem: CallProblem }>;
  stop(): void;
}

/** Bytes of one page: so little that taking it in is no long frame. */
const pageBytes = 64 * 1_024;
/** Steps that are read before the list grows by them. */
const maxWaiting = 3_000;
/** A turn that runs is asked for more at most so often, ms. */
const followEveryMs = 1_500;

/** Reads a turn from its beginning, a page at a time, and follows it while it runs. `pause` resolves after so many ms. */
export function readTurn(
  { api, pause }: { api: Pick<RoomApi, "steps">; pause: (ms: number) => Promise<void> },
  turnId: string,
): TurnReading {
  const steps = signal(noRows);
  const status = signal<TurnReading["status"]["value"]>("reading");
  let isStopped = false;
  let waiting: PlacedStep[] = [];

  function show(): void {
    if (waiting.length > 0) steps.value = withSteps(steps.peek(), waiting);
    waiting = [];
  }

  /** Takes in the page behind `after`; gives the place behind it, or undefined where nothing follows. */
  async function readPage(after: string | undefined): Promise<string | undefined> {
    const answer = await api.steps(turnId, { bytes: pageBytes, ...(after !== undefined && { after }) });
    if (isStopped) return undefined;
    if (!answer.ok) {
      status.value = { problem: answer.problem };
      return undefined;
    }
    const { steps: more, next } = answer.value;
    waiting.push(...more);
    // While a long turn is read, its list grows in few and large pieces.
    if (next === undefined || next === after || steps.peek().rows.length === 0 || waiting.length >= maxWaiting) show();
    if (next === undefined) status.value = "done";
    else if (next === after) status.value = "follows";
    return next;
  }

  async function run(): Promise<void> {
    let after: string | undefined;
    for (;;) {
      const next = await readPage(after);
      if (next === undefined) return;
      // Between two pages the page can be drawn.
      await pause(next === after ? followEveryMs : 0);
      after = next;
    }
  }

  void run();
  return {
    steps,
    status,
    stop: () => {
      isStopped = true;
    },
  };
}
