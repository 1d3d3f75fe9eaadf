import { LIMITS } from "../room/limits.js";
import { afterIndent, type TextLine } from "./fence.js";
import { hasNameSyntax, MAX_NAME_LENGTH } from "./name.js";

/** The addressing part of a line: `@coder, **@reviewer** and @mia:`. */
export interface DirectiveHead {
  /** Lower-cased, in the order written, each once, at most 512. Nobody has checked that they exist. */
  readonly names: string[];
  /** Index of its first character, after the indent. */
  readonly start: number;
  /** Index of the first character after it; the body starts here. */
  readonly end: number;
}

interface AddressedName {
  readonly name: string;
  readonly end: number;
  /** False after `:` and `.`, which end the list of names. */
  readonly listMayGoOn: boolean;
}

/** More different names than a room can hold: a longer list has an unknown name among those kept, and bounces all the same. */
const MAX_NAMES = LIMITS.maxParticipants + 12;
const UNICODE_SPACE = /\s/;

/** The head a line starts with, after at most 3 spaces; undefined where the line is plain text. */
export function scanHead(line: TextLine): DirectiveHead | undefined {
  const start = afterIndent(line);
  if (start === undefined) return undefined;
  let last = scanName(line, start);
  if (last === undefined) return undefined;
  const names = new Set([last.name]);
  let end = last.end;
  while (last?.listMayGoOn) {
    last = scanName(line, skipSeparators(line, last.end));
    if (last === undefined) break;
    if (names.size < MAX_NAMES) names.add(last.name);
    end = last.end;
  }
  return { names: [...names], start, end };
}

/** `@name`, `**@name**` or `` `@name` `` with the `,` `:` or `.` that may end it, inside or outside its wrapper. */
function scanName({ text, end }: TextLine, at: number): AddressedName | undefined {
  const wrapper = wrapperAt(text, at);
  const nameStart = at + wrapper.length + 1;
  if (nameStart >= end || text.charAt(nameStart - 1) !== "@") return undefined;
  let next = skipNameCharacters(text, nameStart);
  const name = text.slice(nameStart, next);
  if (!hasNameSyntax(name)) return undefined;
  let mark = "";
  if (wrapper !== "") {
    mark = markAt(text, next);
    if (!text.startsWith(wrapper, next + mark.length)) return undefined;
    next += mark.length + wrapper.length;
  }
  if (mark === "") {
    mark = markAt(text, next);
    next += mark.length;
  }
  if (next < end && !isWhiteSpace(text, next)) return undefined;
  return { name: name.toLowerCase(), end: next, listMayGoOn: mark === "" || mark === "," };
}

/** Passes what may stand between two names: white space, then `,`, then `and` or `&`, each optional. */
function skipSeparators(line: TextLine, from: number): number {
  const { text, end } = line;
  let at = skipWhiteSpace(line, from);
  if (text.charAt(at) === ",") at = skipWhiteSpace(line, at + 1);
  if (text.charAt(at) === "&") return skipWhiteSpace(line, at + 1);
  const isAnd = text.slice(at, at + 3).toLowerCase() === "and";
  return isAnd && at + 3 < end && isWhiteSpace(text, at + 3) ? skipWhiteSpace(line, at + 3) : at;
}

function wrapperAt(text: string, at: number): string {
  if (text.startsWith("**", at)) return "**";
  return text.charAt(at) === "`" ? "`" : "";
}

function markAt(text: string, at: number): string {
  const char = text.charAt(at);
  return char === "," || char === ":" || char === "." ? char : "";
}

/** Stops after the longest legal name: what is longer has no white space there, and so is no name. */
function skipNameCharacters(text: string, from: number): number {
  let at = from;
  while (at - from < MAX_NAME_LENGTH && isNameCode(text.charCodeAt(at))) at++;
  return at;
}

function skipWhiteSpace({ text, end }: TextLine, from: number): number {
  let at = from;
  while (at < end && isWhiteSpace(text, at)) at++;
  return at;
}

function isWhiteSpace(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 128 ? code === 32 || (code >= 9 && code <= 13) : UNICODE_SPACE.test(text.charAt(at));
}

function isNameCode(code: number): boolean {
  const isLetter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
  return isLetter || (code >= 48 && code <= 57) || code === 45;
}
