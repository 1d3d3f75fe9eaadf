import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import { openPostgres, type Postgres } from "../../adapters/postgres/open-postgres.js";
import type { EventLog } from "../../src/ports/event-log.js";
import { PortError } from "../../src/ports/port-error.js";
import type { OpenEventLog } from "../contract/event-log.js";
import { newSchema, type PostgresServer } from "./postgres.js";

/** A place of Parley's tables, opened as a process does. */
export function openAt(url: string, schema: string): Promise<Postgres> {
  return openPostgres({ url, schema, clock: createSystemClock(), logger: createMemoryLogger() });
}

/** For a process of its own, too: see the durability tests. `location` is `url schema`. */
export async function openToCrash(location: string): Promise<{ log: EventLog; close(): Promise<void> }> {
  const [url = "", schema = ""] = location.split(" ");
  const { eventLog, close } = await openAt(url, schema);
  return { log: eventLog, close };
}

/** A log in a schema of its own, with ways to damage it. */
export async function openTestPostgres(server: PostgresServer): Promise<OpenEventLog & { postgres: Postgres }> {
  const schema = newSchema();
  let answersToLose = 0;

  const withLostAnswers = ({ eventLog }: Postgres): EventLog => ({
    ...eventLog,
    async append(stream, commits) {
      const result = await eventLog.append(stream, commits);
      if (answersToLose === 0) return result;
      answersToLose -= 1;
      throw new PortError("The answer was lost.", { code: "timeout", retryable: true });
    },
  });

  const postgres = await openAt(server.url, schema);
  const opened: OpenEventLog & { postgres: Postgres } = {
    postgres,
    log: withLostAnswers(postgres),
    async close() {
      await opened.postgres.close();
      await server.query(`DROP SCHEMA ${schema} CASCADE`);
    },
    async reopen() {
      await opened.postgres.close();
      opened.postgres = await openAt(server.url, schema);
      opened.log = withLostAnswers(opened.postgres);
    },
    plant: (stream, entries) => plantIn(server, { schema, stream, entries }),
    loseNextAnswer() {
      answersToLose += 1;
    },
  };
  return opened;
}

async function plantIn(
  server: PostgresServer,
  {
    schema,
    stream,
    entries,
  }: { schema: string; stream: string; entries: readonly { version: number; id: string; text: string }[] },
): Promise<void> {
  for (const { version, id, text } of entries) {
    // A column of text holds every character but NUL: what a damaged page shows there is another control character.
    const body = text.replaceAll("\u0000", "\u0002");
    await server.query(
      `INSERT INTO ${schema}.commits (stream, version, id, body) VALUES ($1, $2, $3, $4)
        ON CONFLICT (stream, version) DO UPDATE SET id = excluded.id, body = excluded.body`,
      [stream, version, id, body],
    );
    await server.query(
      `INSERT INTO ${schema}.heads AS h (stream, version, id) VALUES ($1, $2, $3)
        ON CONFLICT (stream) DO UPDATE SET version = excluded.version, id = excluded.id WHERE h.version < excluded.version`,
      [stream, version, id],
    );
  }
}
