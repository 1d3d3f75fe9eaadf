/**
 * A room's egress list: the hosts its agents may reach from their sandboxes. An entry is `host`, or `*.host` for its sub-domains and not
 * itself, and may end in `:port`. Names only, as DNS has them; what a name leads to is looked at where it is dialled.
 */

/** Entries of one egress list. */
export const maxEgressEntries = 50;
/** Port of an entry that names none. */
export const httpsPort = 443;
/** Port of plain http. */
export const httpPort = 80;

/** A host and port that an agent asks for. */
export interface EgressTarget {
  host: string;
  port: number;
}

interface EgressEntry extends EgressTarget {
  /** Its sub-domains, and not the host itself. */
  isWildcard: boolean;
}

const maxHostChars = 253;
const maxPort = 65_535;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** No last label of a name begins with a digit; one that does would be read as an address by some. */
const lastLabel = /^[a-z]/;

/** Two labels at least, in lower case, letters, digits and hyphens: no address, no `localhost`, nothing that could be read in two ways. */
export function isHostName(text: string): boolean {
  const labels = text.split(".");
  const last = labels.at(-1) ?? "";
  return (
    text.length <= maxHostChars && labels.length > 1 && lastLabel.test(last) && labels.every((one) => label.test(one))
  );
}

/** Undefined: it is not an entry. */
function parseEntry(text: string): EgressEntry | undefined {
  const found = /^(\*\.)?([^:*]+)(?::([1-9]\d{0,4}))?$/.exec(text);
  if (!found) return undefined;
  const [, star, host = "", port = String(httpsPort)] = found;
  if (!isHostName(host) || Number(port) > maxPort) return undefined;
  return { host, port: Number(port), isWildcard: star !== undefined };
}

/** Whether the text is a valid entry. */
export function isEgressEntry(text: string): boolean {
  return parseEntry(text) !== undefined;
}

/** Whether one of the entries names the target. What is not an entry allows nothing. */
export function allowsEgress(list: readonly string[], { host, port }: EgressTarget): boolean {
  return list.some((text) => {
    const entry = parseEntry(text);
    if (entry?.port !== port) return false;
    return entry.isWildcard ? host.endsWith(`.${entry.host}`) : host === entry.host;
  });
}

/** The entry that allows a target and nothing else. */
export function egressEntryOf({ host, port }: EgressTarget): string {
  return port === httpsPort ? host : `${host}:${port}`;
}

/** The target of a CONNECT, `host:port`. Undefined: no name, or no port. */
export function parseAuthority(text: string): EgressTarget | undefined {
  const found = /^([^:]+):(\d{1,5})$/.exec(text);
  return found ? targetOf(found[1], found[2]) : undefined;
}

/** The target of a proxy request without CONNECT, `http://host/path`. Undefined: another scheme, a user, no name. */
export function parseHttpUrl(text: string): (EgressTarget & { path: string }) | undefined {
  const found = /^http:\/\/([^:/?#@\\]+)(?::(\d{1,5}))?([/?][^#]*)?$/i.exec(text);
  const target = found && targetOf(found[1], found[2] ?? String(httpPort));
  if (!target) return undefined;
  const path = found[3] ?? "/";
  return { ...target, path: path.startsWith("?") ? `/${path}` : path };
}

function targetOf(name = "", digits = ""): EgressTarget | undefined {
  // Only ASCII may be lower-cased: other letters can become letters of the name.
  const host = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const port = Number(digits);
  return isHostName(host) && port >= 1 && port <= maxPort ? { host, port } : undefined;
}
