import type { NamedId } from "../../src/ports/chat-setup.js";

/** A candidate with every name under which people know it. */
export interface Candidate extends NamedId {
  names: readonly (string | undefined)[];
}

const plain = (name: string): string => name.normalize("NFKC").trim().replace(/^[@#]/, "").toLowerCase();

/**
 * Candidates with exactly this name, else those with a name or a word of one that begins like it. Case, width and a leading `@` or `#` do not count;
 * an id names itself.
 */
export function matchNames(candidates: readonly Candidate[], wanted: string): NamedId[] {
  const name = plain(wanted);
  if (name === "") return [];
  const namesOf = ({ names }: Candidate): string[] => names.flatMap((one) => (one ? [plain(one)] : []));
  const exact = candidates.filter((one) => one.id === wanted.trim() || namesOf(one).includes(name));
  const words = (one: Candidate): string[] => namesOf(one).flatMap((whole) => [whole, ...whole.split(/[\s._-]+/)]);
  const found = exact.length > 0 ? exact : candidates.filter((one) => words(one).some((word) => word.startsWith(name)));
  return found.map(({ names: _names, ...named }) => named);
}
