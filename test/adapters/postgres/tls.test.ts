import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createDatabase } from "../../../adapters/postgres/database.js";
import { lookAtPostgres } from "../../../adapters/postgres/look.js";
import { type PostgresServer, startPostgres } from "../../support/postgres.js";
import { needsPostgres } from "../../support/require.js";

/** A certificate of its own for 127.0.0.1. */
function makeCertificate(dir: string): { certificate: string; key: string } {
  const [certificate, key] = [join(dir, "server.crt"), join(dir, "server.key")];
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const args = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject];
  execFileSync("openssl", [...args, "-keyout", key, "-out", certificate], { stdio: "ignore" });
  return { certificate, key };
}

needsPostgres()("a PostgreSQL with TLS", () => {
  let server: PostgresServer;
  let dir: string;
  let certificate: string;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "parley-tls-"));
    const made = makeCertificate(dir);
    certificate = made.certificate;
    server = await startPostgres();
    await server.signal("SIGKILL");
    const { uid, gid } = statSync(server.dataDir);
    for (const [from, name] of [
      [made.certificate, "server.crt"],
      [made.key, "server.key"],
    ] as const) {
      const to = join(server.dataDir, name);
      copyFileSync(from, to);
      chownSync(to, uid, gid);
      chmodSync(to, 0o600);
    }
    await server.start(["ssl=on"]);
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const isEncrypted = async (query: string) => {
    const database = createDatabase({ url: `${server.url}${query}`, schema: "parley", logger: createMemoryLogger() });
    const rows = await database.append({ text: "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()" });
    await database.close();
    return rows[0]?.[0];
  };

  test("encrypts as sslmode says", async () => {
    expect(await isEncrypted("")).toBe(false);
    expect(await isEncrypted("?sslmode=require")).toBe(true);
    expect(await isEncrypted(`?sslmode=verify-full&sslrootcert=${encodeURIComponent(certificate)}`)).toBe(true);
  });

  test("is refused with an explanation if its certificate has to be verified and is not trusted", async () => {
    expect(await lookAtPostgres({ url: `${server.url}?sslmode=verify-full`, schema: "parley" })).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/certificate .* is not trusted.*sslrootcert/),
    });
  });
});
