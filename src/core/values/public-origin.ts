/** Endings of names that only one network knows (RFC 6761, RFC 6762, RFC 8375, RFC 9476). */
const privateNames = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home\.arpa|test|invalid|alt)$/;
/** IPv4 networks that are not the public internet (RFC 6890): this host, private, shared, loopback, link-local. */
const privateAddresses =
  /^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;

/**
 * Whether a stranger on the internet could fetch from this origin, as far as its name tells: no loopback or private address, no name
 * that only one network knows.
 */
export function isPublicOrigin(origin: string): boolean {
  const host = /^https?:\/\/(\[[\da-f:.]+\]|[^/:@?#[\]]+)(?::\d+)?\/?$/.exec(origin.toLowerCase())?.[1];
  if (host === undefined) return false;
  if (host.startsWith("[")) return /^\[[23][\da-f]{3}:/.test(host);
  const name = host.replace(/\.$/, "");
  return name.includes(".") && !privateNames.test(name) && !privateAddresses.test(name);
}
