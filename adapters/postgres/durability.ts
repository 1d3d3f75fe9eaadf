import type { Health } from "../../src/ports/health.js";
import { PortError } from "../../src/ports/port-error.js";
import type { Database, RunStatement } from "./database.js";

/** Settings with which a server can lose what it acknowledged, and what to set instead. */
const settings: readonly { name: string; bad: (value: string) => boolean; advice: string }[] = [
  {
    name: "fsync",
    bad: (value) => value === "off",
    advice: "set fsync to on: a crash of that machine can damage or lose everything",
  },
  {
    name: "full_page_writes",
    bad: (value) => value === "off",
    advice: "set full_page_writes to on: a crash of that machine can damage pages",
  },
  {
    name: "synchronous_commit",
    bad: (value) => value === "off",
    advice: "set synchronous_commit to on: Parley sets it for its own connections, a pooler may undo that",
  },
];

/** Changes that the server's settings need, as clauses; empty: the server keeps what it acknowledges. */
export async function durabilityAdvice(run: RunStatement): Promise<string[]> {
  const rows = await run({
    name: "durability",
    // `reset_val` is what a connection begins with, before Parley sets it.
    text: "SELECT name, CASE name WHEN 'synchronous_commit' THEN reset_val ELSE setting END FROM pg_settings WHERE name = ANY($1::text[])",
    values: [settings.map(({ name }) => name)],
  });
  const values = new Map(rows.map(([name, value]) => [String(name), String(value)]));
  return settings.flatMap(({ name, bad, advice }) => (bad(values.get(name) ?? "on") ? [advice] : []));
}

/** Whether a write would succeed, found out by writing, and whether it would last. */
export function createDurability({ append, run, schema }: Database): { check(): Promise<Health> } {
  return {
    async check() {
      try {
        await append({
          name: "probe",
          text: `INSERT INTO ${schema}probe (one, at_ms) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET at_ms = excluded.at_ms`,
          values: [Date.now()],
        });
        const advice = await durabilityAdvice(run);
        return advice.length === 0 ? { ok: true } : { ok: true, detail: `PostgreSQL works, but ${advice.join("; ")}` };
      } catch (error) {
        if (!(error instanceof PortError)) throw error;
        return { ok: false, detail: error.message };
      }
    },
  };
}
