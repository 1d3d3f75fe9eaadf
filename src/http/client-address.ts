import type { AppContext } from "./deps.js";

/**
 * Address of the client. X-Forwarded-For counts only as far as `trustedHops` proxies wrote it: each appends whom it saw, so the
 * client is that many entries from the right. With fewer entries somebody went past the proxies: then the connection's address counts.
 */
export function clientAddress(c: AppContext, trustedHops: number): string {
  const connected = c.env?.incoming?.socket.remoteAddress ?? "unknown";
  if (trustedHops === 0) return connected;
  const forwarded = (c.req.header("X-Forwarded-For") ?? "").split(",").map((entry) => entry.trim());
  const entry = forwarded.at(-trustedHops);
  return entry === undefined || entry === "" || forwarded.length < trustedHops ? connected : entry.slice(0, 64);
}
