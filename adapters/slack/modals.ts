import type { types } from "@slack/bolt";
import { cut, pieces, plainLine, visible } from "../../src/core/text/visible-text.js";
import type { ChatForm, FormAnswer, FormQuestion } from "../../src/ports/chat-inbound.js";
import { type FormOrigin, writeFormOrigin } from "./address.js";
import { verbatimBlock } from "./cards.js";
import { limits, slackSupports } from "./limits.js";
import type { FormValues } from "./payloads.js";

export const formCallbackId = "parley_form";
/** Block and action of the one field of a form. */
export const fieldId = "text";

/** Block of the options of a question, and of the words under it; actions are called the same. */
export const optionsId = (question: number): string => `q${question}`;
export const wordsId = (question: number): string => `t${question}`;
/** Value of an option. */
const optionValue = (option: number): string => `o${option}`;

/** A form with one text field, or with blocks for each question. The text in the field is unchanged: the submitted text is the text of the field. */
export function formView(form: ChatForm, where: Omit<FormOrigin, "form">): types.ModalView {
  const maxLength = Math.min(form.maxChars, slackSupports.maxFormChars);
  return {
    type: "modal",
    callback_id: formCallbackId,
    private_metadata: writeFormOrigin({ form: form.id, ...where }),
    title: plain(form.title, limits.title),
    submit: plain("Send", limits.title),
    close: plain("Cancel", limits.title),
    blocks:
      form.questions?.flatMap((question, at) => questionBlocks(question, { at, maxLength })) ??
      textBlocks(form, maxLength),
  };
}

/** One field, or several that are parts of one text; of those any may be emptied. */
function textBlocks({ fields, value, label, multiline, required }: ChatForm, maxLength: number): types.KnownBlock[] {
  const values = fields ?? [value];
  return values.map((text, at) => {
    const id = partId(at);
    const about = values.length === 1 ? label : `${label}, part ${at + 1} of ${values.length}`;
    const initial = text === "" ? {} : { initial_value: text.slice(0, maxLength) };
    return {
      type: "input",
      block_id: id,
      optional: !required || values.length > 1,
      label: plain(about, limits.label),
      element: { type: "plain_text_input", action_id: id, multiline, max_length: maxLength, ...initial },
    };
  });
}

/** Block and action of one of several text fields; the first has the id of the only one. */
const partId = (at: number): string => (at === 0 ? fieldId : `${fieldId}${at}`);

/** The text of the one field, or of all, joined by line feeds; an emptied one leaves no line. */
export function textInView(values: FormValues): string {
  const first = values[fieldId]?.[fieldId]?.value ?? "";
  const more = Object.keys(values)
    .filter((id) => /^text[1-9]$/.test(id))
    .sort()
    .map((id) => values[id]?.[id]?.value ?? "");
  return more.length === 0 ? first : [first, ...more].filter((text) => text !== "").join("\n");
}

/** A question's options and a field for words. A question may be left out, so both are optional. */
function questionBlocks(
  question: FormQuestion,
  { at, maxLength }: { at: number; maxLength: number },
): types.KnownBlock[] {
  const { text, options, freeText } = question;
  const label = plain(`${at + 1}. ${text}`, limits.inputLabel);
  const optionsBlock: types.KnownBlock[] =
    options.length === 0
      ? []
      : [{ type: "input", block_id: optionsId(at), optional: true, label, element: optionsElement(question, at) }];
  if (!freeText) return optionsBlock;
  const element = { type: "plain_text_input", action_id: wordsId(at), multiline: true, max_length: maxLength } as const;
  const words = options.length === 0 ? label : plain("Or in your own words", limits.inputLabel);
  return [...optionsBlock, { type: "input", block_id: wordsId(at), optional: true, label: words, element }];
}

function optionsElement(
  { options, multiple }: FormQuestion,
  at: number,
): types.Checkboxes | types.RadioButtons | types.StaticSelect | types.MultiStaticSelect {
  const listed = options.map(({ label, description = "" }, index) => ({
    text: plain(label, limits.optionText),
    value: optionValue(index),
    ...(description.trim() !== "" && { description: plain(description, limits.optionText) }),
  }));
  const named = { action_id: optionsId(at), options: listed };
  if (listed.length <= limits.listedOptions) return { type: multiple ? "checkboxes" : "radio_buttons", ...named };
  return { type: multiple ? "multi_static_select" : "static_select", ...named };
}

/** The answers in a form with questions; undefined for another form. */
export function answersInView(values: FormValues): FormAnswer[] | undefined {
  const questions = Object.keys(values).flatMap((id) => /^[qt](\d{1,3})$/.exec(id)?.[1] ?? []);
  if (questions.length === 0) return undefined;
  return [...new Set(questions.map(Number))].map((question) => {
    const chosen = values[optionsId(question)]?.[optionsId(question)];
    const one = chosen?.selected_option;
    const options = [...(one ? [one] : []), ...(chosen?.selected_options ?? [])];
    const text = values[wordsId(question)]?.[wordsId(question)]?.value ?? "";
    const places = options.map(({ value }) => Number(value.slice(1))).filter(Number.isSafeInteger);
    return { question, options: places, ...(text !== "" && { text }) };
  });
}

/** The view that replaces a submitted form, with the person's text, so that it is not lost. */
export function answerView(title: string, answer: { text: string; written: string }): types.ModalView {
  const kept = answer.written.trim() === "" ? [] : pieces(visible(answer.written, 6_000), limits.section);
  return {
    type: "modal",
    title: plain(title, limits.title),
    close: plain("Close", limits.title),
    blocks: [
      verbatimBlock(cut(visible(answer.text, limits.section), limits.section)),
      ...kept.map(
        (piece): types.KnownBlock => ({
          type: "rich_text",
          elements: [{ type: "rich_text_preformatted", elements: [{ type: "text", text: piece }] }],
        }),
      ),
    ],
  };
}

const plain = (text: string, maxChars: number) => ({
  type: "plain_text" as const,
  text: plainLine(text, maxChars) || "Parley",
  emoji: false,
});
