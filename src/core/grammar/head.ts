import { LIMITS } from "../room/limits.js";
import type { TextLine } from "./fence.js";
import type { RoomNames } from "./known.js";
import { hasNameSyntax, MAX_NAME_LENGTH } from "./name.js";

/** The addressing part of a line: `@coder, **@reviewer** and @mia:`. */
export interface DirectiveHead {
  /** Lower-cased, in the order written, each once, at most 512. They exist where `standing` is `known`. */
  readonly names: string[];
  /** Index of its first character, after the indent. */
  readonly start: number;
  /** Index of the first character after it; the body starts here. */
  readonly end: number;
  /** Emphasis that opened before the names and encloses the rest of the line too: `**@coder please stop**`. */
  readonly emphasis?: string;
  /**
   * `known`: its first name exists. `written`: it does not, but the line is written as a message (`@word:`, a near miss, a list with a name
   * that exists): a directive where no message stands before it, to be sent back.
   */
  readonly standing: "known" | "written";
}

interface AddressedName {
  readonly name: string;
  /** Index behind the name, its marks and the emphasis that ends there. */
  readonly end: number;
  /** Emphasis that is still open behind it. */
  readonly open: string;
  readonly isKnown: boolean;
  readonly isNear: boolean;
  /** Punctuation directly behind it. */
  readonly marks: string;
}

/** More different names than a room can hold: a longer list has an unknown name among those kept, and bounces all the same. */
const maxNames = LIMITS.maxParticipants + 12;
/** Characters of a word that may be meant as a name, at most. */
const maxWordLength = 2 * MAX_NAME_LENGTH;
const maxIndent = 3;
/** Names in a list, repeated ones too; what follows is text. */
const maxListLength = 2 * maxNames;
const unicodeSpace = /\s/;
const startsWithLetter = /^[A-Za-z]/;
/** Punctuation that may follow a name. */
const markCharacters = ",:.!?;…—–/：，、！？；。";
/** Punctuation behind which the list of names may go on. */
const listMarks = /^[,，、/]?$/;
const separatorCharacters = ",，、&+/";
const separatorWord = /^(?:and|or)$/;

/** The head a line starts with, after at most 3 spaces; undefined where the line is plain text. */
export function scanHead(line: TextLine, known: RoomNames): DirectiveHead | undefined {
  const start = headStart(line);
  if (start === undefined) return undefined;
  const list = scanNames(line, start, known);
  const [first] = list;
  const last = list.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const isWritten = /^[:：]/.test(last.marks) || list.some(({ isNear, isKnown }) => isNear || isKnown);
  if (!first.isKnown && !isWritten) return undefined;
  const emphasis = last.open === "" ? {} : { emphasis: last.open };
  const names = new Set<string>();
  for (const { name } of list) if (names.size < maxNames) names.add(name);
  return { names: [...names], start, end: last.end, ...emphasis, standing: first.isKnown ? "known" : "written" };
}

/** The names of the list that starts at `start`. Those behind emphasis that never ends are not of it. */
function scanNames(line: TextLine, start: number, known: RoomNames): AddressedName[] {
  const list: AddressedName[] = [];
  let last = scanName(line, start, { open: "", known });
  while (last !== undefined && list.length < maxListLength) {
    list.push(last);
    if (!listMarks.test(last.marks)) break;
    last = scanName(line, skipSeparators(line, last.end), { open: last.open, known });
  }
  const end = list.at(-1);
  if (end === undefined || end.open === "" || canEnclose(line, end)) return list;
  return list.slice(0, list.findLastIndex(({ open }) => open === "") + 1);
}

/** The first character after at most 3 spaces, a byte order mark and no-break spaces; undefined for a deeper indent. */
export function headStart({ text, start, end }: TextLine): number | undefined {
  let spaces = 0;
  let at = start;
  for (; at < end; at++) {
    const char = text.charAt(at);
    if (char === " ") spaces++;
    else if (char !== "\ufeff" && char !== "\u00a0") break;
    if (spaces > maxIndent) return undefined;
  }
  return at;
}

/** Emphasis, not code, that ends on the same line further on. */
function canEnclose({ text, end }: TextLine, { open, end: from }: AddressedName): boolean {
  if (open === "`") return false;
  const closing = text.indexOf(open, from);
  return closing > from && closing + open.length <= end;
}

interface NameContext {
  readonly open: string;
  readonly known: RoomNames;
}

/** One `@name` with its emphasis and the punctuation behind it; undefined where no name stands. */
function scanName(line: TextLine, at: number, { open, known }: NameContext): AddressedName | undefined {
  const { text, end } = line;
  const wrapper = open === "" ? wrapperAt(text, at) : "";
  const wordStart = at + wrapper.length + 1;
  if (wordStart >= end || text.charAt(wordStart - 1) !== "@") return undefined;
  const enclosing = open === "" ? wrapper : open;
  const word = wordAt(line, wordStart, enclosing);
  const name = word.toLowerCase();
  const isKnown = hasNameSyntax(word) && known.isKnown(name);
  const isNear = !isKnown && startsWithLetter.test(word) && known.isNear(word);
  if (!isKnown && !isNear && !hasNameSyntax(word)) return undefined;
  const tail = scanTail(line, wordStart + word.length, enclosing);
  if (!endsName(line, tail, isKnown || isNear)) return undefined;
  return { name, isKnown, isNear, ...tail };
}

/** Punctuation and the end of the emphasis, in either order. */
function scanTail(line: TextLine, from: number, enclosing: string): Pick<AddressedName, "end" | "open" | "marks"> {
  const inner = enclosing === "" ? "" : marksAt(line, from);
  let end = from + inner.length;
  const isClosed = enclosing !== "" && end + enclosing.length <= line.end && line.text.startsWith(enclosing, end);
  if (isClosed) end += enclosing.length;
  const outer = enclosing === "" || isClosed ? marksAt(line, end) : "";
  return { end: end + outer.length, open: isClosed ? "" : enclosing, marks: inner + outer };
}

/** Whether what follows leaves the name a name. `@coder's`, `@coder.route` and `@coder/pkg` are text. */
function endsName(
  { text, end: lineEnd }: TextLine,
  tail: Pick<AddressedName, "end" | "marks">,
  mayJoin: boolean,
): boolean {
  const { end, marks } = tail;
  if (end >= lineEnd || isWhiteSpace(text, end)) return mayJoin || /^[,:.：，、]?$/.test(marks);
  if (!mayJoin) return /^[：，、]$/.test(marks);
  const next = text.charAt(end);
  if (marks === "") return "&+".includes(next) && text.charAt(end + 1) === "@";
  if (marks === "." || marks === "/") return marks === "." ? !/[a-z0-9_]/.test(next) : next === "@";
  return true;
}

/** Passes what may stand between two names: white space, `,`, then `and`, `or`, `&`, `+` or `/`, each optional. */
function skipSeparators(line: TextLine, from: number): number {
  const { text, end } = line;
  let at = skipWhiteSpace(line, from);
  if (at < end && ",，、".includes(text.charAt(at))) at = skipWhiteSpace(line, at + 1);
  if (at < end && separatorCharacters.includes(text.charAt(at))) return skipWhiteSpace(line, at + 1);
  let wordEnd = at;
  while (wordEnd < end && wordEnd - at < 4 && !isWhiteSpace(text, wordEnd)) wordEnd++;
  const isWord = wordEnd < end && separatorWord.test(text.slice(at, wordEnd).toLowerCase());
  return isWord ? skipWhiteSpace(line, wordEnd) : at;
}

/** `*`, `_` up to three times, or one backtick, with an `@` behind it. */
function wrapperAt(text: string, at: number): string {
  const mark = text.charAt(at);
  if (mark === "`") return mark;
  if (mark !== "*" && mark !== "_") return "";
  let length = 1;
  while (length < 3 && text.charAt(at + length) === mark) length++;
  return mark.repeat(length);
}

/**
 * A word of letters, digits and `-`, joined by `_` and `.` where a letter or digit follows them. `_` that ends the emphasis is not of it. Stops after
 * twice the longest name.
 */
function wordAt({ text, end }: TextLine, from: number, enclosing: string): string {
  const last = Math.min(end, from + maxWordLength);
  let at = from;
  while (at < last) {
    const code = text.charCodeAt(at);
    const isJoined =
      (code === 95 || code === 46) && at > from && at + 1 < end && isLetterOrDigit(text.charCodeAt(at + 1));
    if (!isLetterOrDigit(code) && code !== 45 && !isJoined) break;
    if (code === 95 && enclosing.startsWith("_") && text.startsWith(enclosing, at)) break;
    if (code === 46 && isUpperCase(text.charCodeAt(at + 1)) && isSentenceEnd(text, from, at)) break;
    at++;
  }
  return text.slice(from, at);
}

/** `@coder.Please` ends a sentence; `@Code.Reviewer` is one word. */
function isSentenceEnd(text: string, from: number, at: number): boolean {
  return !isUpperCase(text.charCodeAt(from)) && text.slice(from, at).toLowerCase() === text.slice(from, at);
}

function marksAt({ text, end }: TextLine, from: number): string {
  let at = from;
  while (at < end && markCharacters.includes(text.charAt(at))) at++;
  return text.slice(from, at);
}

function skipWhiteSpace({ text, end }: TextLine, from: number): number {
  let at = from;
  while (at < end && isWhiteSpace(text, at)) at++;
  return at;
}

function isWhiteSpace(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 128 ? code === 32 || (code >= 9 && code <= 13) : unicodeSpace.test(text.charAt(at));
}

function isLetterOrDigit(code: number): boolean {
  return isUpperCase(code) || (code >= 97 && code <= 122) || (code >= 48 && code <= 57);
}

function isUpperCase(code: number): boolean {
  return code >= 65 && code <= 90;
}
