import type { Health } from "../../src/ports/health.js";
import type { Logger } from "../../src/ports/logger.js";
import { PortError } from "../../src/ports/port-error.js";
import { createDatabase } from "./database.js";
import { durabilityAdvice } from "./durability.js";
import { usableFormat } from "./migrations.js";

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * Whether a server can hold rooms, found out without writing: that it answers, lets this user in, and has a version, an encoding and a format this version can use.
 * `detail` beside `ok`: what to change so that it keeps what it acknowledges.
 */
export async function lookAtPostgres(place: { url: string; schema: string }): Promise<Health> {
  const database = createDatabase({ ...place, logger: silent });
  try {
    await usableFormat(database);
    const advice = await durabilityAdvice(database.run);
    return advice.length === 0 ? { ok: true } : { ok: true, detail: advice.join("; ") };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return { ok: false, detail: error.message };
  } finally {
    await database.close();
  }
}
