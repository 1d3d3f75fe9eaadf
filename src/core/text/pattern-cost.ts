/** One group, or the whole pattern, as far as it was read. */
interface Level {
  /** Ways through the alternatives before the present one. */
  earlier: number;
  /** Ways through the present alternative before its last atom. */
  before: number;
  /** Ways through its last atom with the quantifier on it. */
  atom: number;
}

/** How often the engine writes out the body of a `{n,m}`. */
const MAX_UNROLLED = 3;
const TOKEN = /\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:[:=!]|<[=!]|<[^>]*>))?|\)|\||(?:[*+?]|\{\d+(?:,\d*)?\})\??|./gs;

/**
 * How many ways lead through a regular expression: alternatives add up, what follows each other multiplies, every quantifier is a choice.
 * V8 looks ahead along all of them when it compiles, so a short pattern with many can hold the process up for minutes, and no time limit
 * stops that. `pattern` must be valid. May be Infinity.
 */
export function countWays(pattern: string): number {
  const outer: Level[] = [];
  let level = emptyLevel();
  for (const [token] of pattern.matchAll(TOKEN)) {
    if (token.startsWith("(")) {
      outer.push(level);
      level = emptyLevel();
    } else if (token === ")") {
      const ways = total(level);
      level = addAtom(outer.pop() ?? emptyLevel(), ways);
    } else if (token === "|") {
      level = { ...emptyLevel(), earlier: total(level) };
    } else if (isQuantifier(token)) {
      const repeats = token.startsWith("{") ? MAX_UNROLLED : 1;
      level.atom = (1 + level.atom) ** repeats;
    } else {
      level = addAtom(level, 1);
    }
  }
  return total(level);
}

function isQuantifier(token: string): boolean {
  return /^(?:[*+?]|\{\d)/.test(token);
}

function emptyLevel(): Level {
  return { earlier: 0, before: 1, atom: 1 };
}

function addAtom({ earlier, before, atom }: Level, ways: number): Level {
  return { earlier, before: before * atom, atom: ways };
}

function total({ earlier, before, atom }: Level): number {
  return earlier + before * atom;
}
