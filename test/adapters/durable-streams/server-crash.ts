import { setTimeout as pause } from "node:timers/promises";
import type { EventLog } from "../../../src/ports/event-log.js";
import { PortError } from "../../../src/ports/port-error.js";
import { commitsOn } from "../../support/commits.js";
import { newLocation, openToCrash } from "../../support/durable-streams.js";
import { seededRandom } from "../../support/seeded-random.js";
import { startStreamServer } from "../../support/stream-server.js";
import { until } from "../../support/until.js";

/** The result of a run of kills. `lost`, `twice` and `unreadable` must be 0. */
export interface ServerCrashCounts {
  kills: number;
  acknowledged: number;
  refused: number;
  lost: number;
  twice: number;
  unreadable: number;
}

/** However busy the machine is. */
const minBetweenKills = 15;
const streams = ["room/r1", "room/r2", "room/r3"];

/** Two processes' logs write to the same streams while the stream server is killed with -9 again and again. */
export async function runServerCrash({ kills, seed }: { kills: number; seed: number }): Promise<ServerCrashCounts> {
  const random = seededRandom(seed);
  const server = await startStreamServer();
  const [url = "", prefix = ""] = newLocation(server.url).split(" ");
  const logs = await Promise.all(
    [0, 1].map(async () => openToCrash(`${url} ${prefix} ${newLocation(url).split(" ")[2]}`)),
  );
  const acknowledged = new Map<string, Set<string>>(streams.map((stream) => [stream, new Set()]));
  const counts = { kills: 0, acknowledged: 0, refused: 0, lost: 0, twice: 0, unreadable: 0 };
  let isOver = false;

  async function write(log: EventLog, writer: number): Promise<void> {
    for (let n = 0; !isOver; n++) {
      const stream = streams[n % streams.length] ?? "";
      const head = await log.head(stream).catch(() => "away" as const);
      if (head === "away") {
        await pause(20);
        continue;
      }
      const commits = commitsOn(head, `w${writer}-${n}`, 1 + (n % 3));
      const outcome = await appendAsTheServiceDoes(log, stream, commits);
      if (outcome !== "appended") counts.refused += 1;
      else for (const { id } of commits) acknowledged.get(stream)?.add(id);
    }
  }

  const storedSoFar = () => [...acknowledged.values()].reduce((sum, { size }) => sum + size, 0);
  const writers = logs.map(({ log }, writer) => write(log, writer));
  while (counts.kills < kills) {
    const known = storedSoFar();
    await pause(300 + random() * 900);
    await until("the writers are at work again", () => storedSoFar() >= known + minBetweenKills, 60_000);
    server.signal("SIGKILL");
    await server.ended();
    counts.kills += 1;
    await pause(random() * 300);
    await server.start();
  }
  await pause(500);
  isOver = true;
  await Promise.all(writers);
  for (const stream of streams) await judge(stream);
  await Promise.all(logs.map(({ close }) => close()));
  await server.stop();
  return counts;

  /** As a process that knows nothing yet reads it. */
  async function judge(stream: string): Promise<void> {
    const fresh = await openToCrash(`${url} ${prefix} ${newLocation(url).split(" ")[2]}`);
    const seen: string[] = [];
    for (let after = 0; ; ) {
      const page = await fresh.log.read(stream, { after });
      for (const entry of page)
        if (entry.kind === "commit") seen.push(entry.commit.id);
        else counts.unreadable += 1;
      if (page.length === 0) break;
      after = page.at(-1)?.version ?? after;
    }
    await fresh.close();
    const known = new Set(seen);
    counts.twice += seen.length - known.size;
    for (const id of acknowledged.get(stream) ?? []) {
      counts.acknowledged += 1;
      if (!known.has(id)) counts.lost += 1;
    }
  }
}

/** The same commits again after an unknown outcome, as the room service does it. */
async function appendAsTheServiceDoes(log: EventLog, stream: string, commits: Parameters<EventLog["append"]>[1]) {
  for (let tries = 1; ; tries++) {
    try {
      return (await log.append(stream, commits)).kind;
    } catch (error) {
      if (!(error instanceof PortError) || !error.retryable || tries >= 40) return "refused";
      await pause(50);
    }
  }
}
