/** Takes secrets out of bytes that pass, however they are cut into chunks. */
export interface Redactor {
  /** Returns the chunk and everything held back before it, except an end that may be the beginning of a secret. */
  push(chunk: Uint8Array): Uint8Array<ArrayBuffer>;
  /** The rest, at the end. */
  end(): Uint8Array<ArrayBuffer>;
}

const removed = Buffer.from("[removed]");
/** Limit of the bytes held back: the separators between the letters of a secret have none. */
const maxHeldBytes = 64 * 1_024;
/** Shorter spellings would be found in innocent text. */
const minSpellingChars = 8;
const symbols = 36;
const lineFeed = 10;

/**
 * Finds a secret by its letters and digits alone, so separators of any kind and upper or lower case do not matter: plain, reversed, spaced out,
 * in base64 and base64url at any offset, in hex, percent-encoded as a whole or in part, with escapes as `\x73` or `\u0073`, and as decimal codes.
 */
export function createRedactorOf(secret: string): () => Redactor {
  return createRedactorOfAll([secret]);
}

/** Finds each of these secrets in one pass. */
export function createRedactorOfAll(secrets: readonly string[]): () => Redactor {
  const automaton = createAutomaton(secrets.flatMap(spellingsOf));
  return () => createRedactor(automaton);
}

/** A whole text without the secret. */
export function redactText(text: string, redactor: Redactor): string {
  return Buffer.concat([redactor.push(Buffer.from(text)), redactor.end()]).toString("utf8");
}

function spellingsOf(secret: string): string[] {
  return [secret, [...secret].reverse().join("")]
    .flatMap((text) => {
      const chars = [...Buffer.from(text)];
      const hex = chars.map((code) => code.toString(16).padStart(2, "0"));
      const escapedAs = (spell: (code: string) => string) => [
        hex.map(spell).join(""),
        text.replace(/[^A-Za-z0-9]/g, (char) => spell(char.charCodeAt(0).toString(16).padStart(2, "0"))),
      ];
      return [
        text,
        encodeURIComponent(text),
        ...escapedAs((code) => code),
        ...escapedAs((code) => `x${code}`),
        ...escapedAs((code) => `0x${code}`),
        ...escapedAs((code) => `u00${code}`),
        chars.join(""),
        ...[0, 1, 2].map((offset) => base64At(text, offset)),
      ];
    })
    .map((text) => text.toLowerCase().replace(/[^a-z0-9]/g, ""))
    .filter((text) => text.length >= minSpellingChars);
}

/** Base64 of a text that begins `offset` bytes after a group of three, without the letters that depend on its neighbours. */
function base64At(text: string, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
  const clean = whole.subarray(0, whole.length - (whole.length % 3)).toString("base64");
  return clean.slice(offset === 0 ? 0 : 4);
}

/** Aho and Corasick's: after each symbol the longest beginning of a spelling that the symbols so far end with. */
interface Automaton {
  /** By state and symbol. */
  next: Int32Array;
  /** Symbols from the start to a state. */
  depth: Int32Array;
  /** Length of the longest spelling that ends in a state; 0: none. */
  match: Int32Array;
}

function createAutomaton(spellings: readonly string[]): Automaton {
  const size = 1 + spellings.reduce((sum, { length }) => sum + length, 0);
  const [next, depth, match] = [new Int32Array(size * symbols), new Int32Array(size), new Int32Array(size)];
  let states = 1;
  for (const spelling of spellings) {
    let state = 0;
    for (const char of Buffer.from(spelling)) {
      const edge = state * symbols + symbolOf(char);
      if (next[edge] === 0) {
        depth[states] = (depth[state] ?? 0) + 1;
        next[edge] = states;
        states += 1;
      }
      state = next[edge] ?? 0;
    }
    match[state] = spelling.length;
  }
  linkFailures({ next, depth, match });
  return { next, depth, match };
}

/** Fills every missing edge with that of the longest shorter beginning. A missing edge is 0, which is where it leads from the start. */
function linkFailures({ next, match }: Automaton): void {
  const failure = new Int32Array(match.length);
  const queue: number[] = [];
  for (let symbol = 0; symbol < symbols; symbol += 1) {
    const state = next[symbol] ?? 0;
    if (state !== 0) queue.push(state);
  }
  for (let at = 0; at < queue.length; at += 1) {
    const state = queue[at] ?? 0;
    const shorter = failure[state] ?? 0;
    match[state] = Math.max(match[state] ?? 0, match[shorter] ?? 0);
    for (let symbol = 0; symbol < symbols; symbol += 1) {
      const edge = state * symbols + symbol;
      const target = next[edge] ?? 0;
      const other = next[shorter * symbols + symbol] ?? 0;
      if (target === 0) next[edge] = other;
      else {
        failure[target] = other;
        queue.push(target);
      }
    }
  }
}

/** Digits and letters, whose case does not matter; -1: a separator. */
function symbolOf(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 122 && byte >= 65 ? lower - 87 : -1;
}

function createRedactor(automaton: Automaton): Redactor {
  let held = new Uint8Array();

  function take(chunk: Uint8Array, isLast: boolean): Uint8Array<ArrayBuffer> {
    const bytes = Buffer.concat([held, chunk]);
    const { ranges, openFrom } = scan(bytes, automaton);
    // An event of a stream must not wait for the next; no secret spans two events.
    const isEventEnd = bytes.at(-1) === lineFeed && bytes.at(-2) === lineFeed;
    const isOver = isLast || isEventEnd || bytes.length - openFrom > maxHeldBytes;
    const end = isOver ? bytes.length : openFrom;
    held = new Uint8Array(bytes.subarray(end));
    return without(bytes.subarray(0, end), ranges);
  }

  return { push: (chunk) => take(chunk, false), end: () => take(new Uint8Array(), true) };
}

interface Scan {
  /** Where secrets are, ascending; they may overlap. */
  ranges: { from: number; to: number }[];
  /** Index from which the bytes may be the beginning of a secret; the length where they are not. */
  openFrom: number;
}

function scan(bytes: Uint8Array, { next, depth, match }: Automaton): Scan {
  const positions = new Int32Array(bytes.length);
  const ranges: Scan["ranges"] = [];
  let [state, count] = [0, 0];
  for (let at = 0; at < bytes.length; at += 1) {
    const symbol = symbolOf(bytes[at] ?? 0);
    if (symbol < 0) continue;
    positions[count] = at;
    count += 1;
    state = next[state * symbols + symbol] ?? 0;
    const length = match[state] ?? 0;
    if (length > 0) ranges.push({ from: positions[count - length] ?? 0, to: at + 1 });
  }
  const open = depth[state] ?? 0;
  return { ranges, openFrom: open === 0 ? bytes.length : (positions[count - open] ?? 0) };
}

function without(bytes: Uint8Array, ranges: Scan["ranges"]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { from, to } of ranges.sort((a, b) => a.from - b.from)) {
    if (from >= bytes.length) break;
    if (from >= at) parts.push(bytes.subarray(at, from), removed);
    at = Math.max(at, to);
  }
  parts.push(bytes.subarray(Math.min(at, bytes.length)));
  return new Uint8Array(Buffer.concat(parts));
}
