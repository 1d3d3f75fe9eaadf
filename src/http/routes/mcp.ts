import type { Hono } from "hono";
import { enterByToken } from "../agent-entrance.js";
import { clientAddress } from "../client-address.js";
import type { AppContext, AppDeps, AppEnv } from "../deps.js";
import { isOwnOrigin } from "../entrance.js";
import { maxBodyBytes, readBytes } from "../input.js";
import { HttpProblemError } from "../problem.js";

/** The tools of a room for a session on somebody's machine, by an agent's own token. The transport is that of the Model Context Protocol. */
export function mcpRoutes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.all("/mcp", async (c) => {
    const { toolCalls } = deps;
    if (!toolCalls) throw new HttpProblemError({ code: "not_found", detail: "This Parley has no MCP endpoint." });
    refuseOtherPages(c, deps);
    const { door, credentialId } = await enterByToken(c, deps, { isCaller: true });
    const request = await boundedRequest(c);
    const address = clientAddress(c, deps.trustProxyHops);
    const free = await deps.streamSlots.take({ token: credentialId, address });
    const response = await toolCalls(request, door).catch((error: unknown) => {
      free();
      throw error;
    });
    return freedAtEnd(response, { free, signal: c.req.raw.signal });
  });
}

/** A browser names the page that a request comes from; programs name none. */
function refuseOtherPages(c: AppContext, deps: AppDeps): void {
  if (c.req.header("Origin") === undefined || isOwnOrigin(c, deps)) return;
  throw new HttpProblemError({ code: "wrong_origin", detail: "This address takes no requests of other sites." });
}

async function boundedRequest(c: AppContext): Promise<Request> {
  const { url, method, headers, signal } = c.req.raw;
  const hasBody = method !== "GET" && method !== "HEAD";
  const body = hasBody ? Buffer.from(await readBytes(c.req.raw, maxBodyBytes)) : undefined;
  return new Request(url, { method, headers, signal, ...(body && { body }) });
}

/** The place is taken until the last byte is sent or the caller has gone. */
function freedAtEnd(response: Response, { free, signal }: { free: () => void; signal: AbortSignal }): Response {
  if (!response.body) {
    free();
    return response;
  }
  signal.addEventListener("abort", free);
  const { status, headers } = response;
  return new Response(response.body.pipeThrough(new TransformStream({ flush: free })), { status, headers });
}
