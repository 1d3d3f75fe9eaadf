/**
 * Characters that cannot be seen and yet belong to how the text beside them is written: between the parts of an emoji, and
 * between letters of scripts whose letters join. Pure. Single characters are tested, without `$`: `/[\u{1f469}]$/u` finds
 * nothing in Chromium 156.
 */

const zeroWidthJoiner = "\u200d";
const zeroWidthNonJoiner = "\u200c";
const selector = /[\ufe0e\ufe0f]/;
const emojiPart = /\p{Extended_Pictographic}|\p{Emoji_Modifier}/u;
const selectable = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[0-9#*]/u;
const joiningScripts = ["Arab", "Syrc", "Nkoo", "Mong", "Deva", "Beng", "Guru", "Gujr", "Orya", "Taml", "Telu"]
  .concat("Knda", "Mlym", "Sinh", "Mymr", "Khmr")
  .map((script) => `\\p{Script=${script}}`);
const joiningLetter = new RegExp(`(?=[\\p{L}\\p{M}])(?:${joiningScripts.join("|")})`, "u");

/** Whether the invisible character at `at` hides nothing: a joiner or selector where one belongs. */
export function isOrdinaryJoiner(text: string, at: number): boolean {
  const char = text.charAt(at);
  const before = charBefore(text, at);
  if (selector.test(char)) return selectable.test(before);
  if (char !== zeroWidthJoiner && char !== zeroWidthNonJoiner) return false;
  const after = String.fromCodePoint(text.codePointAt(at + 1) ?? 0);
  if (joiningLetter.test(before) && joiningLetter.test(after)) return true;
  if (char !== zeroWidthJoiner || !/\p{Extended_Pictographic}/u.test(after)) return false;
  return emojiPart.test(selector.test(before) ? charBefore(text, at - 1) : before);
}

/** The whole character that ends at `at`; a lone half is one too. */
function charBefore(text: string, at: number): string {
  const code = text.codePointAt(at - 2) ?? 0;
  return code > 0xffff ? String.fromCodePoint(code) : text.charAt(at - 1);
}
