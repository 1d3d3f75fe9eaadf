import { lookup } from "node:dns/promises";
import { BlockList, isIPv4, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";

export interface Address {
  address: string;
  family: 4 | 6;
}

/** Loopback, private, link-local (where clouds have their metadata), shared, reserved, multicast; and single addresses that answer as metadata. */
const closed: readonly (readonly [network: string, bits: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["168.63.129.16", 32],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];
/** Within what is open of IPv6: forms that lead to an IPv4 address, and examples. */
const closedWithin: readonly (readonly [network: string, bits: number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const forbidden = new BlockList();
for (const [network, bits] of closed) forbidden.addSubnet(network, bits, "ipv4");
for (const [network, bits] of closedWithin) forbidden.addSubnet(network, bits, "ipv6");
const globalIPv6 = new BlockList();
globalIPv6.addSubnet("2000::", 3, "ipv6");

export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !forbidden.check(address, "ipv4");
  return isIPv6(address) && globalIPv6.check(address, "ipv6") && !forbidden.check(address, "ipv6");
}

function isOwn(address: string): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address));
}

/** Asks the resolver once; what is dialled is one of these and no other. */
export async function resolveHost(hostname: string): Promise<Address[]> {
  const found = await lookup(hostname, { all: true, verbatim: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}

/** A server on this machine is none of the world's, also where it has a public address. */
export function publicOnly(addresses: readonly Address[]): Address[] {
  return addresses.filter(({ address }) => isPublic(address) && !isOwn(address));
}
