import pg from "pg";
import type { Logger } from "../../src/ports/logger.js";
import { PortError } from "../../src/ports/port-error.js";
import { toPortError } from "./database-error.js";
import { shareSchema } from "./hold.js";

/** Where the database is, and how long it may take. Times in milliseconds. */
export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database?sslmode=…`. */
  url: string;
  /** Schema of this installation's tables: lower-case letters, digits and underscores. */
  schema: string;
  logger: Logger;
  /** Defaults: connect 5,000; lock 3,000; append 5,000; work 15,000. */
  timeouts?: Partial<Timeouts>;
  /** Every connection takes a share of the schema, so that nobody has it alone meanwhile. Default false. */
  shares?: boolean;
}

/** Longest waits in milliseconds: for a connection, for a lock, for an append, and for any other statement. */
interface Timeouts {
  connectMs: number;
  lockMs: number;
  appendMs: number;
  workMs: number;
}

/** A statement; `name` prepares it once a connection. */
export interface Statement {
  name?: string;
  text: string;
  values?: readonly unknown[];
  /** Longest wait for its answer in milliseconds. Default: that of the connection. */
  timeoutMs?: number;
}

/** A row as its columns, in text or as `pg` reads the type. */
export type ResultRow = readonly unknown[];

/** Runs statements; rejects with a `PortError`. */
export type RunStatement = (statement: Statement) => Promise<ResultRow[]>;

/** The connections of this process to one database. */
export interface Database {
  /** The schema, quoted, and a dot: what stands before the name of a table. */
  readonly schema: string;
  readonly schemaName: string;
  /** On a connection for appends. */
  append: RunStatement;
  /** On a connection for all else. */
  run: RunStatement;
  /** All of `work` in one transaction; rolled back when it throws. What `work` throws is passed on. */
  transaction<Result>(work: (run: RunStatement) => Promise<Result>): Promise<Result>;
  /** Ends all connections; waits for what runs, but not longer than a statement may take. */
  close(): Promise<void>;
}

/** Connections for appends: one statement at a time on each, and two let one be sent while the other is synced. */
export const appendConnections = 2;
const workConnections = 4;
const defaultTimeouts: Timeouts = { connectMs: 5_000, lockMs: 3_000, appendMs: 5_000, workMs: 15_000 };
/** How much longer the client waits than the server, which then says why. */
const graceMs = 1_000;
/** Longest wait for connections to end. */
const closeMs = 3_000;

/** Parley's promise is that what is acknowledged is on the disk; a server that is set otherwise by default is not asked. */
const settleDurability =
  "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)";

/** Makes no connection yet. */
export function createDatabase(options: DatabaseOptions): Database {
  const { schema, logger } = options;
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const pool = (max: number, timeoutMs: number) => openPool(options, { max, timeoutMs, timeouts, logger });
  const appends = pool(appendConnections, timeouts.appendMs);
  const work = pool(workConnections, timeouts.workMs);
  let closing: Promise<void> | undefined;

  async function transaction<Result>(body: (run: RunStatement) => Promise<Result>): Promise<Result> {
    const client = await work.connect().catch((error: unknown) => {
      throw toPortError(error);
    });
    let broken: Error | undefined;
    // A connection that is cut while nothing runs on it says so by this event alone.
    const onError = (error: Error) => {
      broken = error;
    };
    client.on("error", onError);
    const run: RunStatement = (statement) => query(client, statement);
    try {
      await run({ text: "BEGIN" });
      const result = await body(run);
      await run({ text: "COMMIT" });
      return result;
    } catch (error) {
      broken ??= await rollBack(run, error);
      throw error;
    } finally {
      client.off("error", onError);
      client.release(broken);
    }
  }

  return {
    schema: `"${schema}".`,
    schemaName: schema,
    append: (statement) => query(appends, statement),
    run: (statement) => query(work, statement),
    transaction,
    close() {
      closing ??= endAll([appends, work]);
      return closing;
    },
  };
}

/** What then keeps the connection from being used again. Where the server does not answer, ending the connection rolls back. */
async function rollBack(run: RunStatement, cause: unknown): Promise<Error | undefined> {
  if (cause instanceof PortError && (cause.code === "timeout" || cause.code === "unavailable")) return cause;
  return await run({ text: "ROLLBACK" }).then(
    () => undefined,
    (failure: Error) => failure,
  );
}

/** Where the server is, for a connection beside those of a `Database`. */
export function connectionOf({ url, timeouts }: Pick<DatabaseOptions, "url" | "timeouts">): pg.ClientConfig {
  return {
    connectionString: withLibpqModes(url),
    application_name: "parley",
    connectionTimeoutMillis: timeouts?.connectMs ?? defaultTimeouts.connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

function openPool(
  { url, schema, shares = false }: DatabaseOptions,
  { max, timeoutMs, timeouts, logger }: { max: number; timeoutMs: number; timeouts: Timeouts; logger: Logger },
): pg.Pool {
  const pool = new pg.Pool({
    ...connectionOf({ url, timeouts }),
    max,
    idleTimeoutMillis: 0,
    statement_timeout: timeoutMs,
    query_timeout: timeoutMs + graceMs,
    lock_timeout: timeouts.lockMs,
    idle_in_transaction_session_timeout: 2 * timeoutMs,
    onConnect: async (client) => {
      await client.query(settleDurability);
      if (shares) await shareSchema(client, schema);
    },
  });
  pool.on("error", (error) => logger.debug({ error }, "a connection to PostgreSQL that nothing ran on was lost"));
  return pool;
}

/** `sslmode` as PostgreSQL's own clients understand it: `require` encrypts, `verify-full` also checks the name. */
function withLibpqModes(url: string): string {
  if (/[?&]uselibpqcompat=/.test(url)) return url;
  return `${url}${url.includes("?") ? "&" : "?"}uselibpqcompat=true`;
}

async function query(
  on: pg.Pool | pg.PoolClient,
  { name, text, values = [], timeoutMs }: Statement,
): Promise<ResultRow[]> {
  const config = {
    ...(name !== undefined && { name }),
    ...(timeoutMs !== undefined && { query_timeout: timeoutMs }),
    text,
    values: [...values],
    rowMode: "array" as const,
  };
  try {
    const { rows } = await on.query<unknown[]>(config);
    return rows;
  } catch (error) {
    if (on instanceof pg.Pool && on.ending) throw closed();
    throw toPortError(error);
  }
}

/** What every call says after `close`. */
export function closed(): PortError {
  return new PortError("The log in PostgreSQL is closed.", { code: "closed", retryable: false });
}

async function endAll(pools: readonly pg.Pool[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, closeMs);
  });
  await Promise.race([Promise.allSettled(pools.map((pool) => pool.end())), late]);
  clearTimeout(timer);
}
