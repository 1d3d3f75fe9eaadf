import type { APIModalInteractionResponseCallbackData } from "discord.js";
import { plainLine } from "../../src/core/text/visible-text.js";
import type { ChatForm } from "../../src/ports/chat-inbound.js";
import { formId } from "./address.js";
import { discordSupports, limits } from "./limits.js";

/** Custom id of the one field of a form. */
export const fieldId = "text";

/** A form with one text field. The text in the field is unchanged: the submitted text is the text of the field. */
export function formModal(form: ChatForm): APIModalInteractionResponseCallbackData {
  const maxLength = Math.min(form.maxChars, discordSupports.maxFormChars);
  const value = form.value === "" ? {} : { value: form.value.slice(0, maxLength) };
  return {
    custom_id: formId(form.id),
    title: plainLine(form.title, limits.modalTitle) || "Parley",
    components: [
      {
        type: 18,
        label: plainLine(form.label, limits.label) || "Text",
        component: {
          type: 4,
          custom_id: fieldId,
          style: form.multiline ? 2 : 1,
          required: form.required,
          max_length: maxLength,
          ...value,
        },
      },
    ],
  };
}
