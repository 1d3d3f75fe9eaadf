import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { type BenchRuntime, type FleetPlace, openBenchRuntime } from "./bench-runtime.js";
import { type CrewKind, createCrew, type Taken } from "./crews.js";
import { workOnJobs } from "./fleet-jobs.js";

/** The role of a child process. */
export type NodeTask =
  | { kind: "runtime"; place: FleetPlace; crew: CrewKind }
  | { kind: "jobs"; redisUrl: string; prefix: string; bare: boolean; hangs: boolean };

/** Another process of the benchmark, over IPC. */
export interface OtherNode {
  take(): Promise<Taken>;
  /** Resolves when one of its agents hears the last of a ping-pong. */
  finished(): Promise<void>;
  kill(): Promise<void>;
}

type FromNode = { type: "ready" } | { type: "finished" } | { type: "taken"; taken: Taken };

/** The benchmark is one bundle; another process of it is the same bundle. */
export async function startNode(task: NodeTask): Promise<OtherNode> {
  const child = fork(process.argv[1] as string, ["--fleet-node", JSON.stringify(task)]);
  await next(child, "ready");
  return {
    async take() {
      child.send("take");
      return (await next(child, "taken")).taken;
    },
    finished: async () => void (await next(child, "finished")),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function next<T extends FromNode["type"]>(child: ChildProcess, type: T): Promise<Extract<FromNode, { type: T }>> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: FromNode) => {
      if (message.type !== type) return;
      child.off("message", onMessage);
      child.off("exit", onExit);
      resolve(message as Extract<FromNode, { type: T }>);
    };
    const onExit = () => reject(new Error("a process of the benchmark ended"));
    child.on("message", onMessage);
    child.once("exit", onExit);
  });
}

/** The job of the other process. */
export async function runFleetNode(text: string): Promise<void> {
  const task = JSON.parse(text) as NodeTask;
  const tell = (message: FromNode) => process.send?.(message);
  const take = task.kind === "jobs" ? await workOnJobs(task) : (await openNode(task, tell)).take;
  process.on("message", () => tell({ type: "taken", taken: take() }));
  process.on("disconnect", () => process.exit(0));
  tell({ type: "ready" });
}

async function openNode(
  { place, crew: kind }: Extract<NodeTask, { kind: "runtime" }>,
  tell: (message: FromNode) => void,
): Promise<{ take: () => Taken; bench: BenchRuntime }> {
  const crew = createCrew(kind, () => tell({ type: "finished" }));
  const bench = await openBenchRuntime(crew.behave, { fleet: place, maxRooms: 2_000 });
  return { take: crew.take, bench };
}
