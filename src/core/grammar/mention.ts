import { GROUP_HUMANS, GROUP_ROOM } from "./known.js";

/** A name within a line, and at most 64 characters around it. */
export interface Mention {
  /** Lower-cased; may be a group. */
  readonly name: string;
  readonly before: string;
  readonly after: string;
  /** `before` reaches back to the start of the line. */
  readonly isWholeStart: boolean;
}

/** List markers, check boxes, headings, table bars, arrows and emphasis, but no word. */
const onlyMarksBefore = /^[^\p{L}\p{N}]*(?:\d{1,9}[.)])?[^\p{L}\p{N}]*(?:\[[ xX]\])?[^\p{L}\p{N}]*$/u;
/** Words that address the name behind them. */
const callBefore = /(?:(?:^|[^\p{L}])(?:cc|fyi|attn|ping|hey|hi|hello|dear)[:,]?\s*|[请請]\s*)$/iu;
/** Words behind a name that ask its bearer for something. */
const callBehind = /^[*_`\])>]*(?:\s*[,:，：]?\s*(?:please|can you|could you|would you|your turn)\b)/i;
const markBehind = /^[*_`\])>]*\s*(?:[:：—–!?？！]|-\s)/;

const others = /^(?:[*_`]*\s*(?:,|and|or|&|\+|\/)\s*[*_`]*@[\w-]+)+/i;
const othersBefore = /(?:@[\w-]+[*_`]*\s*(?:,|and|or|&|\+|\/)?\s*)+$/i;
/** `@coder's`, `@coder is`, `@coder has`, `@coder fixed`: a sentence that has the name as its subject. */
const subjectBehind =
  /^[*_`]*(?:['’]s?\b|,? who\b|\s+(?:is|isn't|are|was|wasn't|were|has|hasn't|have|had|will|won't|does|doesn't|did|didn't|said|says|wrote|writes|thinks|wants|needs|runs|works|reviews|waits|knows|asks|found|made|got|\p{L}+ed)\b|の|가\b|가\s|이\s|의|\s*已|\s*说)/iu;
/** `by @coder`, `told @coder`: the name as an object of a sentence about something else. */
const objectBefore =
  /(?:^|[^\p{L}])(?:by|from|with|of|after|before|until|till|than|as|asked|told|agree with|according to|thanks to|wait(?:s|ed|ing)? (?:for|on)|both|the (?:handle|name|role|agent|user)|(?:will|shall|'ll) (?:ask|tell)|在等|等)\s*[*_`]*$/iu;

/** Whether a name in silent text is the subject or an object of a sentence about somebody. What is unclear counts as spoken to. */
export function isSpokenAbout(mention: Mention): boolean {
  if (isGroup(mention.name)) return !isAddressed(mention);
  const after = mention.after.replace(others, "");
  const before = mention.before.replace(othersBefore, "");
  return subjectBehind.test(after) || objectBefore.test(before);
}

/** Whether a name in the text of a message to somebody else addresses its bearer. What is unclear counts as spoken about. */
export function isAddressed(mention: Mention): boolean {
  const { before, after, isWholeStart } = mention;
  const isFirst = isWholeStart && onlyMarksBefore.test(before);
  if (isFirst && markBehind.test(after)) return true;
  return callBefore.test(before) || callBehind.test(after);
}

function isGroup(name: string): boolean {
  return GROUP_ROOM.has(name) || GROUP_HUMANS.has(name);
}
