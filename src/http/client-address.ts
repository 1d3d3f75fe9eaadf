import { isIP } from "node:net";
import type { AppContext } from "./deps.js";

/**
 * Address of the client. X-Forwarded-For counts only as far as `trustedHops` proxies wrote it: each appends whom it saw, so the
 * client is that many entries from the right. With fewer entries somebody went past the proxies: then the connection's address counts.
 * It is given as limits count it: see `networkOf`.
 */
export function clientAddress(c: AppContext, trustedHops: number): string {
  return networkOf(addressOf(c, trustedHops));
}

function addressOf(c: AppContext, trustedHops: number): string {
  const connected = c.env?.incoming?.socket.remoteAddress ?? "unknown";
  if (trustedHops === 0) return connected;
  const forwarded = (c.req.header("X-Forwarded-For") ?? "").split(",").map((entry) => entry.trim());
  const entry = forwarded.at(-trustedHops);
  return entry === undefined || entry === "" || forwarded.length < trustedHops ? connected : entry.slice(0, 64);
}

/**
 * What limits count an address as: an IPv6 one by its first 64 bits, for a network of that size is what one customer gets (RFC 6177), an IPv4 one that is written as IPv6 as IPv4.
 * Whatever is not an address counts as it is.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [plain = ""] = address.split("%");
  if (isIP(plain) !== 6) return address;
  // The URL parser writes every spelling of an address in one form.
  const [head = "", tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => "0"), ...after];
  return `${groups.slice(0, 4).join(":")}::/64`;
}
