import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";

/** HTTP status the engine answered with; undefined where it did not answer. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("statusCode" in error)) return undefined;
  return typeof error.statusCode === "number" ? error.statusCode : undefined;
}

/** The engine's own words. */
export function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim();
}

export function refused(message: string, cause?: unknown): PortError {
  return new PortError(message, { code: "refused", retryable: false, cause });
}

const unreachableCodes = new Set<unknown>([
  "ECONNREFUSED",
  "ENOENT",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
]);
const forbiddenCodes = new Set<unknown>(["EACCES", "EPERM"]);

/** The engine could not be reached, did not answer in time, or failed (5xx): the outcome of the request is unknown. */
export function isOfEngine(error: unknown): boolean {
  if (error instanceof PortError) return error.code === "timeout" || error.code === "unavailable";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return unreachableCodes.has(code) || forbiddenCodes.has(code) || (statusOf(error) ?? 0) >= 500;
}

/** Says in words of the port why `doing` failed, e.g. "Starting the sandbox r1-bob". */
export function toEngineError(error: unknown, doing: string): PortError {
  if (error instanceof PortError) return error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (forbiddenCodes.has(code)) {
    const text = `${doing} failed: this user may not talk to the Docker engine. Add the user to the group docker, or set DOCKER_HOST.`;
    const outage = "Parley's user may not talk to Docker";
    return new PortError(text, { code: "unavailable", retryable: true, outage, cause: error });
  }
  if (unreachableCodes.has(code)) {
    const text = `${doing} failed: the Docker engine does not answer (${String(code)}). Start Docker, or set DOCKER_HOST.`;
    const outage = "Docker does not answer";
    return new PortError(text, { code: "unavailable", retryable: true, outage, cause: error });
  }
  const status = statusOf(error);
  if (status === 409) {
    const text = `${doing} failed: something else is at work on the same container (${wordsOf(error)}). Try again.`;
    return new PortError(text, { code: "in-use", retryable: true, cause: error });
  }
  if (status !== undefined && status >= 400 && status < 500) {
    return refused(`${doing} failed: Docker refused it: ${wordsOf(error)}`, error);
  }
  return new PortError(`${doing} failed: ${wordsOf(error)}. It may work when it is tried again.`, {
    code: "unavailable",
    retryable: true,
    ...(status !== undefined && { outage: `Docker answers with an error (${status})` }),
    cause: error,
  });
}

/** Resolves to undefined instead of rejecting where the engine answers with one of `statuses`. */
export async function unless<T>(call: Promise<T>, ...statuses: readonly number[]): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (statuses.includes(statusOf(error) ?? 0)) return undefined;
    throw error;
  }
}

/** Rejects (`timeout`) when `call` takes longer, as with a hanging engine. */
export function within<T>(call: Promise<T>, options: { clock: Clock; timeoutMs: number; doing: string }): Promise<T> {
  const { clock, timeoutMs, doing } = options;
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => {
      const text = `${doing} failed: the Docker engine did not answer within ${timeoutMs / 1_000} s. It may be overloaded; look at its log.`;
      const outage = `Docker did not answer within ${timeoutMs / 1_000} s`;
      reject(new PortError(text, { code: "timeout", retryable: true, outage }));
    });
    call.then(resolve, reject).finally(cancel);
  });
}
