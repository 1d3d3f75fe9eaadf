import type { Clock } from "../../src/ports/clock.js";

type Fetch = typeof globalThis.fetch;

const defaultWaitMs = 30_000;

/**
 * `fetch` for the Web API that never calls before Slack's Retry-After is over, whoever calls: until then it answers 429
 * itself, at once. Slack limits posts by channel and everything else by method.
 */
export function createPatientFetch(clock: Clock): Fetch {
  const blockedUntilMs = new Map<string, number>();
  return async (input, init) => {
    const key = keyOf(String(input), init?.body);
    const waitMs = (blockedUntilMs.get(key) ?? 0) - clock.monotonicMs();
    if (waitMs > 0) return tooMany(waitMs);
    blockedUntilMs.delete(key);
    const response = await fetch(input, init);
    if (response.status !== 429) return response;
    const asked = Number(response.headers.get("retry-after") ?? Number.NaN) * 1_000;
    const asMs = Number.isFinite(asked) && asked > 0 ? asked : defaultWaitMs;
    blockedUntilMs.set(key, clock.monotonicMs() + asMs);
    await response.arrayBuffer();
    return tooMany(asMs);
  };
}

function keyOf(url: string, body: unknown): string {
  const method = url.split("/").at(-1) ?? "";
  if (method !== "chat.postMessage" || typeof body !== "string") return method;
  return `${method} ${new URLSearchParams(body).get("channel") ?? ""}`;
}

const tooMany = (waitMs: number): Response =>
  new Response(null, { status: 429, headers: { "retry-after": String(Math.ceil(waitMs / 1_000)) } });
