import { isIP } from "node:net";

/** Where people reach Parley. */
export interface KnownAddresses {
  /** Origin people reach Parley under; empty: not known yet. */
  publicOrigin: string;
  /** Name or address it listens on; absent: it does not listen. `0.0.0.0` and `::` are every address of the machine. */
  boundHost?: string | undefined;
  /** Further names it is reached under, in lower case. */
  names: readonly string[];
}

/**
 * Whether a `Host` header names an address of Parley's own: the public one, a loopback name, the one it listens on, or a name it was told. A page that lets its own name point
 * to Parley (DNS rebinding) sends that name, and is refused. An address in figures cannot be pointed anywhere, so where Parley listens on every address each one is known.
 */
export function isKnownHost(header: string, { publicOrigin, boundHost, names }: KnownAddresses): boolean {
  const url = `http://${header}`;
  if (!/^[\w.:[\]-]{1,300}$/.test(header) || !URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  const name = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  if (isLoopback(name) || names.includes(name)) return true;
  if (URL.canParse(publicOrigin) && new URL(publicOrigin).hostname.replace(/^\[|\]$/g, "") === name) return true;
  if (boundHost === undefined) return false;
  return name === boundHost.toLowerCase() || (isEveryAddress(boundHost) && isIP(name) !== 0);
}

function isLoopback(name: string): boolean {
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === "::1" ||
    (isIP(name) === 4 && name.startsWith("127."))
  );
}

function isEveryAddress(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}
