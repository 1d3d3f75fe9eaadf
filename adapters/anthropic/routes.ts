/** Routes of the Messages API open to agents. */
export interface Route {
  method: string;
  path: string;
  /** `forward` goes to the provider, `metered` as well and costs; `answer` is answered here. */
  kind: "metered" | "forward" | "answer";
}

const routes: readonly Route[] = [
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
  return route && allowedQueries.has(search) ? { ...route, search } : undefined;
}

const forwardedHeaders = new Set(["accept", "content-type", "user-agent", "x-app"]);
const forwardedPrefixes = ["anthropic-", "x-stainless-", "x-claude-code-"];
const returnedHeaders = new Set(["cache-control", "content-type", "request-id", "retry-after", "x-should-retry"]);
const returnedPrefixes = ["anthropic-ratelimit-"];

function pick(headers: Headers, names: ReadonlySet<string>, prefixes: readonly string[]): Headers {
  const picked = new Headers();
  for (const [name, value] of headers) {
    if (names.has(name) || prefixes.some((prefix) => name.startsWith(prefix))) picked.append(name, value);
  }
  return picked;
}

/** Of the caller's headers those the provider needs: no credential, nothing of the connection. */
export function headersToForward(headers: Headers): Headers {
  return pick(headers, forwardedHeaders, forwardedPrefixes);
}

/** Of the provider's headers those the caller needs: nothing that names the account. */
export function headersToReturn(headers: Headers): Headers {
  return pick(headers, returnedHeaders, returnedPrefixes);
}
