import { lineFields } from "../../core/text/line-fields.js";
import type { ChatSupports } from "../../ports/chat.js";

/** The text in as many fields as a form of this platform needs; undefined where it holds too few. */
export function fieldsOf(text: string, supports: ChatSupports): string[] | undefined {
  return lineFields(text, { maxChars: supports.maxFormChars, maxFields: supports.maxFormFields });
}

/** Whether the text can be edited in a form of this platform. */
export function fitsFields(text: string, supports: ChatSupports): boolean {
  return fieldsOf(text, supports) !== undefined;
}
