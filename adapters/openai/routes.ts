import { pickHeaders, type Route, type Wire } from "../kit/gateway/wire.js";
import { openAiBetas } from "./content-list.js";

/** Where an agent's socket serves OpenAI's API, beside the Messages API at its root. */
export const openAiPath = "/openai/v1";

const routes: readonly Route[] = [
  { method: "POST", path: `${openAiPath}/responses`, upstreamPath: "/responses", kind: "metered", form: "responses" },
  {
    method: "POST",
    path: `${openAiPath}/chat/completions`,
    upstreamPath: "/chat/completions",
    kind: "metered",
    form: "chat",
  },
  // What the account may use is not the agent's affair: it hears what it may use itself.
  { method: "GET", path: `${openAiPath}/models`, upstreamPath: "/models", kind: "answer" },
];

/** Nothing of a query goes to the provider; calls have none. */
export const findOpenAiRoute: Wire["findRoute"] = (request) => {
  const { pathname, search } = new URL(request.url);
  const route = routes.find(({ method, path }) => method === request.method && path === pathname);
  const hasQuery = search !== "" && route?.kind !== "answer";
  return route && !hasQuery ? { ...route, search: "" } : undefined;
};

const forwardedHeaders = new Set([
  ...["accept", "content-type", "user-agent", "originator", "session-id", "thread-id", "x-client-request-id"],
  "x-openai-internal-codex-responses-lite",
]);
const forwardedPrefixes = ["x-stainless-", "x-codex-"];
const returnedHeaders = new Set([
  ...["cache-control", "content-type", "retry-after", "retry-after-ms", "x-request-id", "x-should-retry"],
  "openai-processing-ms",
]);
const returnedPrefixes = ["x-ratelimit-"];

/** Names of an organization or a project choose what is billed, so they stay here like the credential. */
export const openAiHeadersToForward: Wire["headersToForward"] = (headers) => {
  const picked = pickHeaders(headers, forwardedHeaders, forwardedPrefixes);
  const asked = (headers.get("openai-beta") ?? "").split(",").map((beta) => beta.trim());
  const named = [...new Set(asked.filter((beta) => beta !== ""))];
  const kept = named.filter((beta) => openAiBetas.has(beta));
  if (kept.length > 0) picked.set("openai-beta", kept.join(","));
  return { headers: picked, dropped: named.filter((beta) => !openAiBetas.has(beta)) };
};

/** Nothing that names the account. */
export const openAiHeadersToReturn: Wire["headersToReturn"] = (headers) =>
  pickHeaders(headers, returnedHeaders, returnedPrefixes);
