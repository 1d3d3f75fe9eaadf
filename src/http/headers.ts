import type { AppContext } from "./deps.js";

const apiHeaders = {
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-store",
};

export function isApi(path: string): boolean {
  return path.startsWith("/api/") || path === "/metrics";
}

/** Headers of every response to this request. */
export function headersOfAll(c: AppContext): Record<string, string> {
  return { "X-Request-Id": c.get("requestId"), ...(isApi(c.req.path) && apiHeaders) };
}
