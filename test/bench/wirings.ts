import { type RedisServer, startRedis } from "../support/redis-server.js";
import { type BenchRuntime, openBenchRuntime } from "./bench-runtime.js";
import { type CrewKind, createCrew, type Taken } from "./crews.js";
import { type LogKind, type LogServer, startLogServer } from "./fleet-log.js";
import { startNode } from "./fleet-node.js";

export interface Servers {
  redis: RedisServer;
  log: LogServer;
  stop(): Promise<void>;
}

export async function startServers(kind: LogKind): Promise<Servers> {
  const [redis, log] = await Promise.all([startRedis(), startLogServer(kind)]);
  return { redis, log, stop: async () => void (await Promise.all([redis.stop(), log.stop()])) };
}

/** One process with a data folder (`processes: 0`), or one or two that share Redis and a log; people are at the first. */
export interface Wiring extends BenchRuntime {
  /** At which process an agent is, by its place: in turn. */
  runtimeOf(index: number): string;
  take(): Promise<Taken>;
  /** Resolves when an agent hears the last of a ping-pong. */
  finished(): Promise<void>;
}

let opened = 0;

export async function openWiring(processes: number, crewKind: CrewKind, servers: Servers): Promise<Wiring> {
  opened += 1;
  let finish = () => {};
  const crew = createCrew(crewKind, () => finish());
  const { kind, url } = servers.log;
  const shared = { redisUrl: servers.redis.url, log: { kind, url }, prefix: `bench-${opened}` };
  const nodes = Array.from({ length: processes }, (_, index) => `node${index}`);
  const [first, ...rest] = nodes;
  const bench = await openBenchRuntime(crew.behave, {
    maxRooms: 2_000,
    ...(first !== undefined && { fleet: { ...shared, node: first } }),
  });
  const others = await Promise.all(
    rest.map((node) => startNode({ kind: "runtime", place: { ...shared, node }, crew: crewKind })),
  );
  return {
    ...bench,
    runtimeOf: (index) => nodes[index % nodes.length] ?? "function",
    async take() {
      const all = [crew.take(), ...(await Promise.all(others.map((other) => other.take())))];
      return {
        heard: all.reduce((sum, { heard }) => sum + heard, 0),
        latenciesMs: all.flatMap(({ latenciesMs }) => latenciesMs),
      };
    },
    finished: () =>
      Promise.race([
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
        ...others.map((other) => other.finished()),
      ]),
    async close() {
      for (const other of others) await other.kill();
      await bench.close();
    },
  };
}
