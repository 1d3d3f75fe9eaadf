import { parseConfig } from "../config.js";
import type { Health } from "../ports/health.js";

/** What `doctor` says of PostgreSQL. Undefined: none is configured, or its settings cannot be used. Nothing is written there. */
export async function databaseHealth(env: Readonly<Record<string, string | undefined>>): Promise<Health | undefined> {
  const parsed = parseConfig(env);
  if (!parsed.ok || parsed.config.databaseUrl === undefined) return undefined;
  const { databaseUrl: url, databaseSchema: schema } = parsed.config;
  const { lookAtPostgres } = await import("../../adapters/postgres/look.js");
  return lookAtPostgres({ url, schema });
}
