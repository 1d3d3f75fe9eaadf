import { parseDirectives } from "./directive.js";
import { anyNames } from "./known.js";

/** The public part of a text while it is being written: everything but questions to people, which wait at a gate. */
export interface OpenText {
  /** Takes the next piece of the block; returns the part that may be shown now. Text that may become a question waits, text after one is not shown. */
  take(delta: string): string;
  /** Ends the block: the next piece belongs to another one. */
  nextBlock(): void;
}

type Verdict = "open" | "held" | "not known";

/** So far this line may become a directive. */
const mayBecomeHead = /^[ \ufeff\u00a0]{0,40}(?:\*{0,3}|_{0,3}|`?)(?:@[^\r\n]*)?$/;
const startsLikeHead = /^[ \ufeff\u00a0]{0,40}(?:\*{1,3}|_{1,3}|`)?@/;
/** Separators after which the list of names in a directive may continue. */
const maySeparateNames = /^(?:[,&+/:.!?;*_`…—–：，、！？；。]|an?$|and\b|or?$|or\b)/i;
/** Longer than the longest prefix, so that it would be seen. */
const decidingChars = 12;
/** Characters after which an undecided line is withheld. */
const maxWaitingChars = 1_000;
const lineStarts = /(?<=\n|\r(?!\n))/;

export function createOpenText(): OpenText {
  let atLineStart = true;
  let waiting = "";
  let isHeld = false;

  /** At most one line. */
  function takeLine(text: string): string {
    if (atLineStart || waiting !== "") {
      waiting += text;
      const verdict = judge(waiting);
      isHeld = verdict === "held";
      if (verdict !== "open") return "";
    }
    const open = waiting === "" ? text : waiting;
    waiting = "";
    atLineStart = /[\r\n]$/.test(text);
    return open;
  }

  return {
    take(delta) {
      let open = "";
      for (const line of delta.split(lineStarts)) if (!isHeld) open += takeLine(line);
      return open;
    },
    nextBlock() {
      [atLineStart, waiting, isHeld] = [true, "", false];
    },
  };
}

/** Fences are ignored here: a line that would be a question outside one is held. */
function judge(waiting: string): Verdict {
  if (waiting.length > maxWaitingChars) return "held";
  const lines = waiting.split(lineStarts);
  const lastLine = lines.at(-1) ?? "";
  const head = lines.findLastIndex((line) => startsLikeHead.test(line));
  const verdict = head === -1 ? "open" : judgeFrom(lines.slice(head).join(""));
  const isUnread = head < lines.length - 1 && mayBecomeHead.test(lastLine);
  return verdict === "open" && isUnread ? "not known" : verdict;
}

/** `text` starts like a directive. */
function judgeFrom(text: string): Verdict {
  const [directive] = parseDirectives(text, anyNames, 1);
  if (directive?.offset !== text.search(/\S/)) return mayBecomeHead.test(text) ? "not known" : "open";
  if (directive.prefix === "gate") return "held";
  const { body } = directive;
  return body.length >= decidingChars && !maySeparateNames.test(body) ? "open" : "not known";
}

/** A complete block without its questions to people and what follows the first of them. */
export function openPartOf(block: string): string {
  const question = parseDirectives(block, anyNames, Number.POSITIVE_INFINITY).find(({ prefix }) => prefix === "gate");
  return question ? block.slice(0, question.offset) : block;
}
