import pg from "pg";
import { PortError } from "../../src/ports/port-error.js";
import { toPortError } from "./database-error.js";

/** First key of the advisory locks that tell who uses a schema, "parm" in ASCII; the second is the schema's hash. */
const holdSpace = 0x7061726d;

/**
 * Takes a shared lock on the schema for one connection. PostgreSQL drops it as soon as that connection ends, even after a crash. So a schema has
 * users exactly while one of their connections is open. Rejects with a `PortError` (`in-use`) while somebody has it alone.
 */
export async function shareSchema(client: Pick<pg.ClientBase, "query">, schema: string): Promise<void> {
  if (await lock(client, { call: "pg_try_advisory_lock_shared", schema })) return;
  throw new PortError(
    `The schema ${schema} of the database is being moved by parley move-log. Nothing was changed. Start Parley again when that is done.`,
    { code: "in-use", retryable: true, outage: "The database is being moved" },
  );
}

/** A schema that this process has alone. */
export interface SchemaHold {
  /** Lets others in. Idempotent. */
  release(): Promise<void>;
}

/**
 * Takes the schema for this process alone, for as long as its connection lives; `onLost` is called when that ends by itself. Rejects with a `PortError`: `in-use`
 * while any process serves the schema, also one that is frozen.
 */
export async function takeSchemaAlone(options: {
  connection: pg.ClientConfig;
  schema: string;
  onLost: () => void;
}): Promise<SchemaHold> {
  const { connection, schema, onLost } = options;
  const client = new pg.Client(connection);
  let isReleased = false;
  // It ends with its server, and what is lost then is told by `end`.
  client.on("error", () => undefined);
  client.on("end", () => {
    if (!isReleased) onLost();
  });
  const release = async () => {
    isReleased = true;
    await client.end().catch(() => undefined);
  };
  try {
    await client.connect();
    if (await lock(client, { call: "pg_try_advisory_lock", schema })) return { release };
  } catch (error) {
    await release();
    throw toPortError(error);
  }
  await release();
  throw inUse(schema);
}

async function lock(
  client: Pick<pg.ClientBase, "query">,
  { call, schema }: { call: "pg_try_advisory_lock" | "pg_try_advisory_lock_shared"; schema: string },
): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(`SELECT ${call}($1, hashtext($2)) AS taken`, [
    holdSpace,
    schema,
  ]);
  return rows[0]?.taken === true;
}

function inUse(schema: string): PortError {
  return new PortError(
    `The schema ${schema} of the database is in use by a Parley process. Nothing was changed. Stop every process that has this DATABASE_URL, also one that stands still.`,
    { code: "in-use", retryable: false },
  );
}
