import { afterAll, beforeAll } from "vitest";
import { describeEventLog } from "../../contract/event-log.js";
import { newSchema, type PostgresServer, startPostgres } from "../../support/postgres.js";
import { openTestPostgres } from "../../support/postgres-log.js";
import { needsPostgres } from "../../support/require.js";

needsPostgres()("a log in PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 120_000);
  afterAll(() => server?.stop());

  describeEventLog({
    name: "postgres",
    supports: { durable: true, faults: ["loseNextAnswer"] },
    open: () => openTestPostgres(server),
    crash: {
      module: new URL("../../support/postgres-log.ts", import.meta.url),
      newLocation: async () => `${server.url} ${newSchema()}`,
    },
  });
});
