import { type Fleet, type FleetProcesses, openFleet, openPostgresFleet, type PostgresFleet } from "../support/fleet.js";
import { type RawCommit, type RawLog, readRawStream } from "./raw-log.js";

/** The server that a fleet's rooms are on. */
export type FaultLogKind = "streams" | "postgres";

/** That server, to be killed, frozen and read without Parley. */
export interface FaultLog {
  readonly url: string;
  kill(): Promise<void>;
  /** After a kill. */
  start(): Promise<void>;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  readStream(stream: string): Promise<RawLog>;
}

/** What the server is called in the names of faults. */
export const serverNames: Readonly<Record<FaultLogKind, string>> = { streams: "stream server", postgres: "PostgreSQL" };

export async function openFleetOn(kind: FaultLogKind): Promise<FleetProcesses & { log: FaultLog }> {
  if (kind === "streams") {
    const fleet = await openFleet();
    return { ...fleet, log: streamServerLog(fleet) };
  }
  const fleet = await openPostgresFleet();
  return { ...fleet, log: postgresLog(fleet) };
}

function streamServerLog({ streams }: Pick<Fleet, "streams">): FaultLog {
  return {
    url: streams.url,
    async kill() {
      streams.signal("SIGKILL");
      await streams.ended();
    },
    start: streams.start,
    freeze: async () => streams.signal("SIGSTOP"),
    thaw: async () => streams.signal("SIGCONT"),
    readStream: (stream) => readRawStream(streams, stream),
  };
}

function postgresLog({ postgres }: Pick<PostgresFleet, "postgres">): FaultLog {
  return {
    url: postgres.url,
    kill: () => postgres.signal("SIGKILL"),
    start: () => postgres.start(),
    freeze: () => postgres.signal("SIGSTOP"),
    thaw: () => postgres.signal("SIGCONT"),
    async readStream(stream) {
      const rows = await postgres.query("SELECT body FROM parley.commits WHERE stream = $1 ORDER BY version", [stream]);
      return chainOf(rows.map(({ body }) => JSON.parse(String(body)) as RawCommit));
    },
  };
}

/** The table has one row a version, so that nothing can be without effect; a missing one is a hole. */
function chainOf(commits: readonly RawCommit[]): RawLog {
  const accepted: RawCommit[] = [];
  let holes = 0;
  for (const commit of commits) {
    const last = accepted.at(-1);
    const follows = commit.version === (last?.version ?? 0) + 1 && commit.parent === (last?.id ?? "");
    if (!follows) holes += 1;
    accepted.push(commit);
  }
  return { accepted, voided: 0, holes };
}
