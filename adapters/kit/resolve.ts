import { Resolver } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";

/**
 * All addresses of a host name, IPv4 first; an address is its own answer. Rejects with an error that has a DNS `code` (such as `ENOTFOUND`) where
 * the name has no address, and with `ECANCELLED` or the signal's reason once `signal` aborts.
 */
export type Resolve = (host: string, signal: AbortSignal) => Promise<string[]>;

export interface ResolveOptions {
  /** A hosts file that is read before a name server is asked, such as `/etc/hosts`. Default: none is read. */
  hostsFile?: string;
  /** Name servers as `address` or `address:port`. Default: those of the machine. */
  servers?: readonly string[];
}

/** One name server is given this long, twice, before the next is asked. */
const tryTimeoutMs = 2_000;
const tries = 2;

/**
 * Makes a look-up that asks name servers directly, without search domains. It never uses `dns.lookup`: that holds a thread of the pool which all file
 * access shares, so the slow name server of one host would stall the disk of every room. `localhost` and names below it are loopback and are never
 * sent to a name server (RFC 6761, 6.3).
 */
export function createResolve({ hostsFile, servers }: ResolveOptions = {}): Resolve {
  return async (host, signal) => {
    signal.throwIfAborted();
    if (isIP(host) !== 0) return [host];
    if (/(^|\.)localhost\.?$/i.test(host)) return ["127.0.0.1", "::1"];
    const listed = hostsFile === undefined ? [] : addressesIn(await readHosts(hostsFile), host);
    return listed.length > 0 ? listed : askNameServers(host, signal, servers);
  };
}

async function askNameServers(host: string, signal: AbortSignal, servers?: readonly string[]): Promise<string[]> {
  signal.throwIfAborted();
  const resolver = new Resolver({ timeout: tryTimeoutMs, tries });
  if (servers) resolver.setServers(servers);
  const cancel = () => resolver.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const found = [four, six].flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    if (found.length === 0 && four.status === "rejected") throw four.reason;
    return found;
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

/** A machine without a hosts file lists no names in it. */
const readHosts = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");

/** The addresses of a name in a hosts file (hosts(5): `address name alias…`, `#` begins a comment), IPv4 first. */
export function addressesIn(hosts: string, name: string): string[] {
  const found = hosts.split("\n").flatMap((line) => {
    const [address = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    return isIP(address) !== 0 && names.some((one) => one.toLowerCase() === name.toLowerCase()) ? [address] : [];
  });
  return found.sort((a, b) => isIP(a) - isIP(b));
}
