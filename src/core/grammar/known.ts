import { RESERVED_NAMES } from "./name.js";

/** Names that mean everyone but the sender. */
export const GROUP_ROOM: ReadonlySet<string> = new Set(["room", "all", "everyone", "here"]);
/** Names that mean the people in the room. */
export const GROUP_HUMANS: ReadonlySet<string> = new Set(["human", "humans"]);

/** Answers of a room to the grammar: which words behind an `@` are names. */
export interface RoomNames {
  /** True for participants who are present and for groups; `name` is lower-cased. */
  isKnown(name: string): boolean;
  /**
   * True for a word, in any case, that its writer took for a name: a participant who left, a reserved word, or a name
   * written in another way (`code_reviewer`, `Code.Reviewer`, `coder-2`). What is known is not near.
   */
  isNear(word: string): boolean;
}

/** Every word with the syntax of a name counts as present: for a reader without a room, who must miss no directive. */
export const anyNames: RoomNames = { isKnown: () => true, isNear: () => true };

const wordParts = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g;

/** The names of a room: `present` can be written to, `gone` (lower-cased) could be once. */
export function roomNames(present: Iterable<{ readonly name: string }>, gone: Iterable<string> = []): RoomNames {
  const names = new Set<string>();
  for (const { name } of present) names.add(name);
  const known = new Set([...names, ...GROUP_ROOM, ...GROUP_HUMANS]);
  const left = new Set(gone);
  const squashed = new Set([...known].map(squash));

  function isNear(word: string): boolean {
    const lower = word.toLowerCase();
    if (known.has(lower)) return false;
    if (left.has(lower) || RESERVED_NAMES.has(lower) || squashed.has(squash(word))) return true;
    if (lower.split(/[._-]/).some((part) => names.has(part))) return true;
    return (word.match(wordParts) ?? []).some((part) => names.has(part.toLowerCase()));
  }

  return { isKnown: (name) => known.has(name), isNear };
}

function squash(word: string): string {
  return word.toLowerCase().replace(/[._-]/g, "");
}
