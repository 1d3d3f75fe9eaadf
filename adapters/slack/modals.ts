import type { types } from "@slack/bolt";
import { cut, pieces, plainLine, visible } from "../../src/core/text/visible-text.js";
import type { ChatForm } from "../../src/ports/chat-inbound.js";
import { type FormOrigin, writeFormOrigin } from "./address.js";
import { verbatimBlock } from "./cards.js";
import { limits, slackSupports } from "./limits.js";

export const formCallbackId = "parley_form";
/** Block and action of the one field of a form. */
export const fieldId = "text";

/** A form with one text field. The text in the field is unchanged: the submitted text is the text of the field. */
export function formView(form: ChatForm, where: Omit<FormOrigin, "form">): types.ModalView {
  const maxLength = Math.min(form.maxChars, slackSupports.maxFormChars);
  const value = form.value === "" ? {} : { initial_value: form.value.slice(0, slackSupports.maxFormChars) };
  return {
    type: "modal",
    callback_id: formCallbackId,
    private_metadata: writeFormOrigin({ form: form.id, ...where }),
    title: plain(form.title, limits.title),
    submit: plain("Send", limits.title),
    close: plain("Cancel", limits.title),
    blocks: [
      {
        type: "input",
        block_id: fieldId,
        optional: !form.required,
        label: plain(form.label, limits.label),
        element: {
          type: "plain_text_input",
          action_id: fieldId,
          multiline: form.multiline,
          max_length: maxLength,
          ...value,
        },
      },
    ],
  };
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
