import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../adapters/docker/image/claude-code-release.js";
import { createDockerSandboxes } from "../../adapters/docker/sandboxes.js";
import { carryLines } from "../../adapters/kit/lasting-pipes.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import type { Sandbox, SandboxExit, Sandboxes, SandboxSpec } from "../../src/ports/sandboxes.js";
import type { SecondEngine } from "../support/second-engine.js";
import { until } from "../support/until.js";

const orderEveryMs = 120;
/** Until workers do something again: the end of a sandbox is found out within some 20 s. */
const workTimeoutMs = 90_000;
const settleTimeoutMs = 40_000;

/** Takes each order once, as Claude Code takes a prompt, and logs its actions in its work folder. */
const worker = `n=0; trap 'exit 143' TERM
while true; do
  if IFS= read -r line; then
    i=\${line#do }
    if [ "$i" -gt "$n" ]; then n=$i; echo "$i" >>/work/done; sleep 0.05; echo "did $i"; fi
  else echo eof; sleep 1; fi
done`;

/** Counts of one restart of the engine under load. */
export interface RestartCounts {
  ordered: number;
  done: number;
  doneTwice: number;
  missed: number;
  toldTwice: number;
  /** Times the connection was lost, over all workers. */
  cuts: number;
  ends: SandboxExit[];
}

export interface RestartOptions {
  engine: SecondEngine;
  installationId: string;
  workers: number;
  runs: number;
  signal: "SIGTERM" | "SIGKILL";
  /** One more sandbox ends by itself with this exit code before the engine does. */
  endsItself?: number;
  /** After each run. */
  onRun?: (counts: RestartCounts) => void;
}

/** Restarts the engine while workers get orders, and counts the work of each. One result per run; workers are the same in all. */
export async function restartUnderLoad(options: RestartOptions): Promise<RestartCounts[]> {
  const { engine, installationId, workers: count, runs } = options;
  const image = agentImageTag(CLAUDE_CODE_VERSION);
  const parts = { clock: createSystemClock(), logger: createMemoryLogger() };
  const sandboxes = createDockerSandboxes({ docker: engine.docker, installationId, image, ...parts });
  const results: RestartCounts[] = [];
  let workers: Worker[] = [];
  try {
    for (let run = 0; run < runs; run++) {
      workers = await Promise.all(
        Array.from({ length: count }, async (_, n) => {
          const known = workers[n];
          if (known && !known.exit) return known;
          const id = `worker-${n}`;
          await sandboxes.remove(id, { volumes: true });
          return startWorker(await sandboxes.start(specOf(id)));
        }),
      );
      const own = options.endsItself === undefined ? [] : [await endOfItsOwn(sandboxes, options.endsItself)];
      const counts = await restartOnce(workers, options);
      results.push({ ...counts, ends: [...counts.ends, ...own] });
      options.onRun?.(results.at(-1)!);
    }
    return results;
  } finally {
    for (const { abandon } of workers) abandon();
    await sandboxes.close();
  }
}

async function endOfItsOwn(sandboxes: Sandboxes, code: number): Promise<SandboxExit> {
  await sandboxes.remove("by-itself", { volumes: true });
  const sandbox = await sandboxes.start({
    ...specOf("by-itself"),
    command: ["bash", "-c", `read -r line; exit ${code}`],
  });
  const { stdin } = await sandbox.attach();
  stdin.write("end\n");
  return sandbox.exited();
}

type Worker = ReturnType<typeof startWorker>;

function startWorker(sandbox: Sandbox) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const told: string[] = [];
  let ordered = 0;
  let cuts = 0;
  let exit: SandboxExit | undefined;
  const abandoned = new AbortController();
  let rest = "";
  output.on("data", (bytes: Buffer) => {
    const lines = (rest + bytes).split("\n");
    rest = lines.pop() ?? "";
    told.push(...lines);
  });
  const carried = sandbox.attach().then((first) =>
    carryLines({
      sandbox,
      first,
      input,
      output,
      onStderr: () => {},
      onLink: (cause) => {
        if (cause !== undefined) cuts += 1;
      },
      abandoned: abandoned.signal,
      clock: createSystemClock(),
    }),
  );
  carried.then(
    (ended) => {
      exit = ended;
    },
    () => {},
  );
  return {
    sandbox,
    told,
    get exit() {
      return exit;
    },
    get ordered() {
      return ordered;
    },
    get cuts() {
      return cuts;
    },
    order() {
      ordered += 1;
      input.write(`do ${ordered}\n`);
    },
    abandon: () => abandoned.abort(new Error("the test is over")),
  };
}

async function restartOnce(workers: readonly Worker[], { engine, signal }: RestartOptions): Promise<RestartCounts> {
  const cutsBefore = workers.reduce((sum, { cuts }) => sum + cuts, 0);
  const endLoad = giveOrders(workers);
  try {
    await untilDone(workers, "before the engine ends");
    await engine.end(signal);
    await untilOrdered(workers);
    await engine.start();
    await untilDone(workers, "after the engine has started again");
  } finally {
    await endLoad();
  }
  const isSettled = ({ told, ordered, exit }: Worker) => exit !== undefined || told.includes(`did ${ordered}`);
  // An order that is not done by then counts as missed.
  await until("every order is done", () => workers.every(isSettled), settleTimeoutMs).catch(() => {});
  return countAll(workers, cutsBefore);
}

/** Orders without a pause, to every worker that has not ended. */
function giveOrders(workers: readonly Worker[]): () => Promise<void> {
  let isOver = false;
  const load = (async () => {
    while (!isOver) {
      for (const worker of workers) if (!worker.exit) worker.order();
      await sleep(orderEveryMs);
    }
  })();
  return async () => {
    isOver = true;
    await load;
  };
}

/** Resolves when every worker has ended, or has done an order that it is given from now on. */
async function untilDone(workers: readonly Worker[], moment: string): Promise<void> {
  const known = workers.map((worker) => ({ worker, ordered: worker.ordered }));
  const isDone = ({ worker, ordered }: (typeof known)[number]) =>
    worker.exit !== undefined || Number(worker.told.at(-1)?.replace("did ", "") ?? 0) > ordered;
  await until(`every worker does an order ${moment}`, () => known.every(isDone), workTimeoutMs);
}

/** Resolves when every worker has ended, or is given an order from now on. */
async function untilOrdered(workers: readonly Worker[]): Promise<void> {
  const known = workers.map((worker) => ({ worker, ordered: worker.ordered }));
  await until("every worker is given an order", () =>
    known.every(({ worker, ordered }) => worker.exit !== undefined || worker.ordered > ordered),
  );
}

async function countAll(workers: readonly Worker[], cutsBefore: number): Promise<RestartCounts> {
  const counts: RestartCounts = {
    ordered: 0,
    done: 0,
    doneTwice: 0,
    missed: 0,
    toldTwice: 0,
    cuts: -cutsBefore,
    ends: [],
  };
  for (const worker of workers) {
    counts.cuts += worker.cuts;
    counts.ordered += worker.ordered;
    if (worker.exit) {
      counts.ends.push(worker.exit);
      continue;
    }
    const { output } = (await worker.sandbox.exec?.(["cat", "/work/done"])) ?? { output: "" };
    const done = output.trim().split("\n");
    counts.done += done.length;
    counts.doneTwice += done.length - new Set(done).size;
    counts.toldTwice += worker.told.length - new Set(worker.told).size;
    for (let n = 1; n <= worker.ordered; n++) if (!worker.told.includes(`did ${n}`)) counts.missed += 1;
  }
  return counts;
}

function specOf(id: string): SandboxSpec {
  const limits = { memoryMb: 64, cpus: 0.25, pids: 32 };
  return { id, labels: {}, command: ["bash", "-c", worker], env: {}, limits };
}
