import { setTimeout as pause } from "node:timers/promises";
import type { EventLog } from "../../../src/ports/event-log.js";
import { PortError } from "../../../src/ports/port-error.js";
import { commitsOn } from "../../support/commits.js";
import { newSchema, startPostgres } from "../../support/postgres.js";
import { openAt } from "../../support/postgres-log.js";
import { seededRandom } from "../../support/seeded-random.js";
import { until } from "../../support/until.js";

/** What a run of kills showed. `lost`, `twice`, `unreadable` and `broken` (a commit that does not follow the one before) must be 0. */
export interface ServerCrashCounts {
  kills: number;
  acknowledged: number;
  refused: number;
  conflicts: number;
  lost: number;
  twice: number;
  unreadable: number;
  broken: number;
}

const streams = ["room/r1", "room/r2", "room/r3", "agent/r1/mia"];
/** Commits between two kills, however busy the machine is. */
const minBetweenKills = 10;

/** Two processes' logs write to the same streams while PostgreSQL, with all its processes, is killed with -9 again and again. */
export async function runServerCrash({ kills, seed }: { kills: number; seed: number }): Promise<ServerCrashCounts> {
  const random = seededRandom(seed);
  const server = await startPostgres();
  const schema = newSchema();
  const [one, other] = [await openAt(server.url, schema), await openAt(server.url, schema)];
  const acknowledged = new Map<string, string[]>(streams.map((stream) => [stream, []]));
  const counts = { kills: 0, acknowledged: 0, refused: 0, conflicts: 0, lost: 0, twice: 0, unreadable: 0, broken: 0 };
  let isOver = false;

  async function write({ eventLog }: { eventLog: EventLog }, writer: number): Promise<void> {
    for (let n = 0; !isOver; n += 1) {
      const stream = streams[(n + writer) % streams.length] ?? "";
      const head = await eventLog.head(stream).catch(() => "away" as const);
      if (head === "away") {
        await pause(20);
        continue;
      }
      const commits = commitsOn(head, `w${writer}-${n}`, 1 + (n % 3));
      const outcome = await appendAsTheServiceDoes(eventLog, stream, commits);
      if (outcome === "appended") acknowledged.get(stream)?.push(...commits.map(({ id }) => id));
      else counts[outcome === "conflict" ? "conflicts" : "refused"] += 1;
    }
  }

  const storedSoFar = () => [...acknowledged.values()].reduce((sum, { length }) => sum + length, 0);
  const writers = [0, 1, 2, 3].map((writer) => write(writer % 2 === 0 ? one : other, writer));
  try {
    while (counts.kills < kills) {
      const known = storedSoFar();
      await until("the writers are at work", () => storedSoFar() >= known + minBetweenKills, 60_000);
      await pause(random() * 250);
      await server.signal("SIGKILL");
      counts.kills += 1;
      await server.start();
    }
  } finally {
    isOver = true;
    await Promise.all(writers);
    for (const { close } of [one, other]) await close();
  }
  const fresh = await openAt(server.url, schema);
  for (const stream of streams)
    await judge(fresh.eventLog, { stream, acknowledged: acknowledged.get(stream) ?? [], counts });
  await fresh.close();
  await server.stop();
  return counts;
}

/** As a process that knows nothing yet reads it. */
async function judge(
  log: EventLog,
  { stream, acknowledged, counts }: { stream: string; acknowledged: readonly string[]; counts: ServerCrashCounts },
): Promise<void> {
  const seen: string[] = [];
  let last = { version: 0, id: "" };
  for (;;) {
    const page = await log.read(stream, { after: last.version });
    for (const entry of page) {
      if (entry.kind !== "commit") {
        counts.unreadable += 1;
        continue;
      }
      const { id, version, parent } = entry.commit;
      if (version !== last.version + 1 || parent !== last.id) counts.broken += 1;
      last = { version, id };
      seen.push(id);
    }
    if (page.length === 0) break;
  }
  const head = await log.head(stream);
  if ((head?.version ?? 0) !== last.version || (head?.id ?? "") !== last.id) counts.broken += 1;
  const known = new Set(seen);
  counts.twice += seen.length - known.size;
  counts.acknowledged += acknowledged.length;
  counts.lost += acknowledged.filter((id) => !known.has(id)).length;
}

/** The same commits again after an unknown outcome, as the room service does it. */
async function appendAsTheServiceDoes(log: EventLog, stream: string, commits: Parameters<EventLog["append"]>[1]) {
  for (let tries = 1; ; tries += 1) {
    try {
      return (await log.append(stream, commits)).kind;
    } catch (error) {
      if (!(error instanceof PortError) || !error.retryable || tries >= 200) return "refused";
      await pause(50);
    }
  }
}
