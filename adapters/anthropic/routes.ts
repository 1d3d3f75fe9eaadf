import type { AllowedContent } from "../../src/ports/model-gateway.js";
import { pickHeaders, type Route } from "../kit/gateway/wire.js";
import { betas, betasOfAccess } from "./content-list.js";

/** Routes of the Messages API open to agents. */
const routes: readonly Omit<Route, "upstreamPath">[] = [
  { method: "POST", path: "/v1/messages", kind: "metered" },
  { method: "POST", path: "/v1/messages/count_tokens", kind: "forward" },
  // Claude Code looks whether anybody is there before its first call.
  { method: "HEAD", path: "/", kind: "answer" },
  { method: "HEAD", path: "/api/hello", kind: "answer" },
  { method: "GET", path: "/api/hello", kind: "answer" },
];

const allowedQueries = new Set(["", "?beta=true"]);

/** The path is the table's and never the caller's, so nothing can be smuggled into it. */
export function findRoute(request: { method: string; url: string }): (Route & { search: string }) | undefined {
  const { pathname, search } = new URL(request.url);
  const route = routes.find(({ method, path }) => method === request.method && path === pathname);
  return route && allowedQueries.has(search) ? { ...route, upstreamPath: route.path, search } : undefined;
}

const forwardedHeaders = new Set([
  ...["accept", "content-type", "user-agent", "x-app"],
  ...["anthropic-version", "anthropic-dangerous-direct-browser-access"],
]);
const forwardedPrefixes = ["x-stainless-", "x-claude-code-"];
const returnedHeaders = new Set(["cache-control", "content-type", "request-id", "retry-after", "x-should-retry"]);
const returnedPrefixes = ["anthropic-ratelimit-"];

/**
 * Keeps the request headers the provider needs: no credential, nothing about the connection, and only those parts of `anthropic-beta` that are on the
 * list or belong to content the room's owner allows. `dropped`: the other betas.
 */
export function headersToForward(
  headers: Headers,
  { providerAccess }: AllowedContent,
): { headers: Headers; dropped: string[] } {
  const picked = pickHeaders(headers, forwardedHeaders, forwardedPrefixes);
  const asked = (headers.get("anthropic-beta") ?? "").split(",").map((beta) => beta.trim());
  const named = [...new Set(asked.filter((beta) => beta !== ""))];
  const isListed = (beta: string) => betas.has(beta) || accessFor(beta, providerAccess);
  const kept = named.filter(isListed);
  if (kept.length > 0) picked.set("anthropic-beta", kept.join(","));
  return { headers: picked, dropped: named.filter((beta) => !isListed(beta)) };
}

function accessFor(beta: string, providerAccess: readonly string[]): boolean {
  const [, access] = Object.entries(betasOfAccess).find(([prefix]) => beta.startsWith(prefix)) ?? [];
  return access !== undefined && providerAccess.some((entry) => entry === access || entry.startsWith(`${access}:`));
}

/** Of the provider's headers those the caller needs: nothing that names the account. */
export function headersToReturn(headers: Headers): Headers {
  return pickHeaders(headers, returnedHeaders, returnedPrefixes);
}
