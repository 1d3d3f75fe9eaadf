import type { AppContext } from "./deps.js";

const apiHeaders = {
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-store",
};

/** A file of a room: a browser runs nothing in it, shows it in no other site's page, and need not ask for it again and again. */
const fileHeaders = {
  "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "private, max-age=600",
  Vary: "Cookie, Authorization",
};

const filePath = /^\/api\/rooms\/[^/]+\/files\/[^/]+$/;

export function isApi(path: string): boolean {
  return path.startsWith("/api/") || path === "/metrics";
}

/** Headers of every response to this request. */
export function headersOfAll(c: AppContext): Record<string, string> {
  const isFile = filePath.test(c.req.path) && c.res.ok;
  return {
    "X-Request-Id": c.get("requestId"),
    ...(isApi(c.req.path) && apiHeaders),
    ...(isFile && fileHeaders),
  };
}
