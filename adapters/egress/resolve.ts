import { Resolver } from "node:dns/promises";

/** All addresses of a name, IPv4 first. Rejects where there is none; gives up with `signal`. */
export type Resolve = (host: string, signal: AbortSignal) => Promise<string[]>;

const tryTimeoutMs = 2_000;
const tries = 2;

/**
 * Asks the machine's name servers and nothing else: no hosts file, no search domains. Not `dns.lookup`, whose few threads are everybody's: a slow name
 * server of one host would hold up the disk of all rooms.
 */
export const resolveByDns: Resolve = async (host, signal) => {
  const resolver = new Resolver({ timeout: tryTimeoutMs, tries });
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
};
