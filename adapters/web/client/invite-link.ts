/** The code in a pasted text: the code itself or a link that ends with it. */
export function codeIn(pasted: string): string {
  const text = pasted.trim();
  const hash = text.lastIndexOf("#");
  return (hash >= 0 ? text.slice(hash + 1) : text).replaceAll(/\s/g, "");
}

/** A link that joins; the code is in the fragment, which no server sees. */
export function inviteLink(origin: string, code: string): string {
  return `${origin}/#${code}`;
}
