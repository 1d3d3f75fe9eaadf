import { Hono, type MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { HttpMount } from "../ports/http-mount.js";
import type { AppContext, AppDeps, AppEnv } from "./deps.js";
import { headersOfAll, isApi } from "./headers.js";
import { readBytes } from "./input.js";
import { type HttpProblem, internalProblem, problemOfError, problemResponse } from "./problem.js";
import { agentRoutes } from "./routes/agents.js";
import { eventRoutes } from "./routes/events.js";
import { exportRoutes } from "./routes/export.js";
import { externalRoutes } from "./routes/external.js";
import { faceRoutes } from "./routes/faces.js";
import { fileRoutes } from "./routes/files.js";
import { gateRoutes } from "./routes/gates.js";
import { joinRoutes } from "./routes/join.js";
import { mcpRoutes } from "./routes/mcp.js";
import { messageRoutes } from "./routes/messages.js";
import { metaRoutes } from "./routes/meta.js";
import { peopleRoutes } from "./routes/people.js";
import { roleRoutes } from "./routes/roles.js";
import { roomRoutes } from "./routes/rooms.js";
import { runtimeRoutes } from "./routes/runtimes.js";
import { setupRoutes } from "./routes/setups.js";
import { spendingRoutes } from "./routes/spending.js";
import { tokenRoutes } from "./routes/tokens.js";
import { turnRoutes } from "./routes/turns.js";
import { workRoutes } from "./routes/work.js";

const requestIdSyntax = /^[A-Za-z0-9._-]{1,64}$/;
const methods = new Set(["GET", "HEAD", "POST", "PATCH", "DELETE", "PUT", "OPTIONS"]);

/** The API, and behind it the mounts of chat platforms and the page. It does not listen: `serve` does. */
export function createApp(deps: AppDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    const given = c.req.header("X-Request-Id");
    c.set("requestId", given !== undefined && requestIdSyntax.test(given) ? given : deps.ids.next());
    const startMs = deps.clock.monotonicMs();
    await next();
    for (const [name, value] of Object.entries(headersOfAll(c))) c.res.headers.set(name, value);
    note(c, deps, deps.clock.monotonicMs() - startMs);
  });
  app.use(refuseUnknownHosts(deps));
  app.use(warnOfProxies(deps));
  metaRoutes(app, deps);
  faceRoutes(app);
  roomRoutes(app, deps);
  joinRoutes(app, deps);
  messageRoutes(app, deps);
  fileRoutes(app, deps);
  eventRoutes(app, deps);
  agentRoutes(app, deps);
  externalRoutes(app, deps);
  mcpRoutes(app, deps);
  gateRoutes(app, deps);
  peopleRoutes(app, deps);
  exportRoutes(app, deps);
  roleRoutes(app, deps);
  runtimeRoutes(app, deps);
  setupRoutes(app, deps);
  spendingRoutes(app, deps);
  tokenRoutes(app, deps);
  workRoutes(app, deps);
  turnRoutes(app, deps);
  app.notFound((c) => elsewhere(c, deps));
  app.onError((error, c) => {
    const problem = problemOfError(error);
    if (!problem) deps.logger.error({ requestId: c.get("requestId"), error }, "a request failed");
    return problemResponse(problem ?? internalProblem, c.get("requestId"));
  });
  return app;
}

/**
 * A request under a name that is not Parley's own comes from a page whose name was made to point here. What a chat platform signs needs no name, and whether Parley is healthy
 * is told to any proxy.
 */
function refuseUnknownHosts(deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const host = c.req.header("Host") ?? new URL(c.req.url).host;
    const isOpen = c.req.path === "/api/health" || mountFor(c, deps) !== undefined;
    if (isOpen || deps.isKnownHost(host)) return next();
    return problemResponse(unknownHost, c.get("requestId"));
  };
}

const unknownHost: HttpProblem = {
  code: "wrong_host",
  detail:
    "This is not a name of this Parley. Its operator names the address people use in PARLEY_PUBLIC_URL, and further names in PARLEY_HOST_NAMES.",
};

/** Says once that a proxy stands in front of Parley that the settings do not know: all people then share its address. */
function warnOfProxies({ trustProxyHops, logger }: AppDeps): MiddlewareHandler<AppEnv> {
  let isSaid = trustProxyHops > 0;
  return async (c, next) => {
    const isForwarded = c.req.header("X-Forwarded-For") !== undefined || c.req.header("Forwarded") !== undefined;
    if (!isSaid && isForwarded) {
      isSaid = true;
      logger.warn(
        {},
        "a request came with X-Forwarded-For, which is not believed: limits count everybody behind that proxy as one. If the proxy is yours, set PARLEY_TRUST_PROXY_HOPS",
      );
    }
    return next();
  };
}

/** One line a request: neither query nor token nor body. */
function note(c: AppContext, deps: AppDeps, tookMs: number): void {
  const { status } = c.res;
  const method = methods.has(c.req.method) ? c.req.method : "other";
  const path = routePath(c, -1);
  const route = path === "*" || path === "/*" ? "other" : path;
  deps.metrics.request({ method, route, status, seconds: tookMs / 1_000 });
  const fields = { requestId: c.get("requestId"), method, path: c.req.path.slice(0, 200), status };
  // Successes are logged at a lower level: the terminal of `npm start` shows failures.
  if (status >= 500) deps.logger.warn({ ...fields, ms: Math.round(tookMs) }, "request");
  else deps.logger.debug({ ...fields, ms: Math.round(tookMs) }, "request");
}

/** A chat platform's request with its body read whole and bounded. */
async function handMount(c: AppContext, mount: HttpMount): Promise<Response> {
  const body = await readBytes(c.req.raw, mount.maxBytes);
  return mount.handle(new Request(c.req.url, { method: "POST", headers: c.req.raw.headers, body }));
}

const notFound: HttpProblem = {
  code: "not_found",
  detail: "Parley has nothing at this address, or not with this method.",
};

function mountFor(c: AppContext, deps: AppDeps): HttpMount | undefined {
  return c.req.method === "POST" ? deps.mounts?.().find(({ path }) => path === c.req.path) : undefined;
}

async function elsewhere(c: AppContext, deps: AppDeps): Promise<Response> {
  const mount = mountFor(c, deps);
  if (mount) return handMount(c, mount);
  const isPage = !isApi(c.req.path) && (c.req.method === "GET" || c.req.method === "HEAD");
  const page = isPage ? await deps.page?.(c.req.raw) : undefined;
  return page ?? problemResponse(notFound, c.get("requestId"));
}
