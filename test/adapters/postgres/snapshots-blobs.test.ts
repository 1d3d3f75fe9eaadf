import { afterAll, beforeAll } from "vitest";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createPostgresBlobs } from "../../../adapters/postgres/blobs.js";
import { createDatabase, type Database } from "../../../adapters/postgres/database.js";
import { migrate } from "../../../adapters/postgres/migrations.js";
import { testBlobsContract } from "../../contract/blobs.js";
import { describeSnapshots } from "../../contract/snapshots.js";
import { newSchema, type PostgresServer, startPostgres } from "../../support/postgres.js";
import { openAt } from "../../support/postgres-log.js";
import { needsPostgres } from "../../support/require.js";

needsPostgres()("snapshots and files in PostgreSQL", () => {
  let server: PostgresServer;
  const databases: Database[] = [];
  beforeAll(async () => {
    server = await startPostgres();
  }, 120_000);
  afterAll(async () => {
    for (const database of databases) await database.close();
    await server?.stop();
  });

  describeSnapshots({
    name: "postgres",
    async open() {
      const schema = newSchema();
      const { snapshots, close } = await openAt(server.url, schema);
      return {
        snapshots,
        close,
        plant: async (stream, text) => {
          // A column of text holds every character but NUL.
          const body = text.replaceAll("\u0000", "\u0002");
          await server.query(`UPDATE ${schema}.snapshots SET snapshot = $2 WHERE stream = $1`, [stream, body]);
        },
      };
    },
  });

  testBlobsContract("files in PostgreSQL", async () => {
    const schema = newSchema();
    const open = async () => {
      const database = createDatabase({ url: server.url, schema, logger: createMemoryLogger() });
      databases.push(database);
      await migrate(database);
      return database;
    };
    return {
      open: async (options) => createPostgresBlobs({ database: await open(), ...options }),
      reopen: async () => createPostgresBlobs({ database: await open() }),
    };
  });
});
