import type { Clock } from "../../src/ports/clock.js";
import type { UnnamedLimit } from "../kit/unnamed-limit.js";

type Fetch = typeof globalThis.fetch;

/**
 * `fetch` for the Web API that makes no call before Slack's Retry-After is over: until then every caller gets a 429 from it
 * at once. Slack limits posts by channel and everything else by method; a limit without a time
 * holds for every call.
 */
export function createPatientFetch(clock: Clock, limit: UnnamedLimit): Fetch {
  const blockedUntilMs = new Map<string, number>();
  return async (input, init) => {
    const key = keyOf(String(input), init?.body);
    const waitMs = Math.max(limit.waitMs(), (blockedUntilMs.get(key) ?? 0) - clock.monotonicMs());
    if (waitMs > 0) return tooMany(waitMs);
    blockedUntilMs.delete(key);
    const response = await fetch(input, init);
    if (response.status !== 429) {
      limit.passed();
      return response;
    }
    const asked = Number(response.headers.get("retry-after") ?? Number.NaN) * 1_000;
    await response.arrayBuffer();
    const isNamed = Number.isFinite(asked) && asked > 0;
    const asMs = isNamed ? asked : limit.refused();
    if (isNamed) blockedUntilMs.set(key, clock.monotonicMs() + asMs);
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
