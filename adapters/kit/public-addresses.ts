import { BlockList, isIP } from "node:net";
import { networkInterfaces } from "node:os";

/** IPv4 that is not the public internet, or is a door into a cloud's inside. Metadata services lie in several of these. */
const forbidden4: readonly [network: string, prefix: number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  // Azure's agent; public as far as its number goes.
  ["168.63.129.16", 32],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  // Relays from IPv4 to 6to4.
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  // Multicast, and everything above it.
  ["224.0.0.0", 3],
];

/** All public unicast IPv6. Everything else (loopback, local, mapped IPv4, NAT64) is refused. */
const public6 = ["2000::", 3] as const;
/** Parts of it that stand for IPv4 addresses (Teredo, 6to4) or for documentation. */
const forbidden6: readonly [network: string, prefix: number][] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const never4 = new BlockList();
for (const [network, prefix] of forbidden4) never4.addSubnet(network, prefix, "ipv4");
const ever6 = new BlockList();
ever6.addSubnet(...public6, "ipv6");
const never6 = new BlockList();
for (const [network, prefix] of forbidden6) never6.addSubnet(network, prefix, "ipv6");

/**
 * Whether an address is outside the public internet, or belongs to this machine, in any spelling: services behind its own public address trust the machine. `interfaces` returns
 * the machine's addresses; it is called each time, because they change.
 */
export function isForbidden(address: string, interfaces: typeof networkInterfaces = networkInterfaces): boolean {
  if (isOwn(address, interfaces())) return true;
  if (isIP(address) === 4) return never4.check(address, "ipv4");
  // A scope (`%eth0`) is of a link.
  if (isIP(address) !== 6 || address.includes("%")) return true;
  return !ever6.check(address, "ipv6") || never6.check(address, "ipv6");
}

function isOwn(address: string, interfaces: ReturnType<typeof networkInterfaces>): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  const own = new BlockList();
  for (const found of Object.values(interfaces).flatMap((addresses) => addresses ?? []))
    if (isIP(found.address) !== 0) own.addAddress(found.address, found.family === "IPv6" ? "ipv6" : "ipv4");
  return own.check(address, family === 6 ? "ipv6" : "ipv4");
}
