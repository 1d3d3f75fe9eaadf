/** Where a link leads, and the host to show beside its label. */
export interface LinkTarget {
  href: string;
  host: string;
}

const maxAddressChars = 4_000;

/** The target of a URL: https only and without credentials; undefined for every other URL. */
export function linkTarget(address: string): LinkTarget | undefined {
  if (!/^https:\/\//i.test(address) || /\s/.test(address) || address.length > maxAddressChars) return undefined;
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== "https:" || url.username !== "" || url.password !== "") return undefined;
  return { href: url.href, host: url.host };
}

/** A URL in running text ends before the punctuation of scripts without spaces, and before quotes and brackets. */
export function bareAddress(raw: string): { address: string; rest: string } {
  const end = raw.search(/[\u3000-\u3003\u3008-\u301f\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f"'`\\^{|}[\]]/);
  const address = end < 0 ? raw : raw.slice(0, end).replace(/[.,:;!?*)]{1,20}$/, "");
  return { address, rest: raw.slice(address.length) };
}
