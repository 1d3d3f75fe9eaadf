import type { APIModalInteractionResponseCallbackData, APIStringSelectComponent } from "discord.js";
import { plainLine } from "../../src/core/text/visible-text.js";
import type { ChatForm, FormAnswer, FormQuestion } from "../../src/ports/chat-inbound.js";
import { formId } from "./address.js";
import { discordSupports, limits } from "./limits.js";
import type { FormField } from "./payloads.js";

/** Custom id of the one field of a form. */
export const fieldId = "text";

/** Custom id of what is answered under a question: a menu, or a field where it has no options. */
export const questionId = (question: number): string => `q${question}`;
const optionValue = (option: number): string => `o${option}`;

type ModalComponents = APIModalInteractionResponseCallbackData["components"];

/** A form with one text field, or with questions. The text in the field is unchanged: the submitted text is the text of the field. */
export function formModal(form: ChatForm): APIModalInteractionResponseCallbackData {
  const maxLength = Math.min(form.maxChars, discordSupports.maxFormChars);
  return {
    custom_id: formId(form.id),
    title: plainLine(form.title, limits.modalTitle) || "Parley",
    components: form.questions ? questionParts(form.questions, maxLength) : textParts(form, maxLength),
  };
}

/** One field, or several that are parts of one text; any of those may be left empty. */
function textParts({ fields, value, label, multiline, required }: ChatForm, maxLength: number): ModalComponents {
  const values = fields ?? [value];
  return values.map((text, at): ModalComponents[number] => ({
    type: 18,
    label:
      plainLine(values.length === 1 ? label : `${label}, part ${at + 1} of ${values.length}`, limits.label) || "Text",
    component: {
      type: 4,
      custom_id: partId(at),
      style: multiline ? 2 : 1,
      required: required && values.length === 1,
      max_length: maxLength,
      ...(text === "" ? {} : { value: text.slice(0, maxLength) }),
    },
  }));
}

/** Custom id of one of several text fields; the first has the id of the only one. */
const partId = (at: number): string => (at === 0 ? fieldId : `${fieldId}${at}`);

/** The text of the one field, or of all, joined by line feeds; an emptied one leaves no line. */
export function textInModal(fields: readonly FormField[]): string {
  const textOfField = (id: string): string => fields.find(({ custom_id }) => custom_id === id)?.value ?? "";
  const more = fields.map(({ custom_id }) => custom_id).filter((id) => /^text[1-9]$/.test(id));
  if (more.length === 0) return textOfField(fieldId);
  return [fieldId, ...more.sort()]
    .map(textOfField)
    .filter((text) => text !== "")
    .join("\n");
}

/** A menu for each question, and one field for words: a modal holds five components, so not each question can have its own. */
function questionParts(questions: readonly FormQuestion[], maxLength: number): ModalComponents {
  const text = { type: 4, style: 2, required: false, max_length: maxLength } as const;
  const parts = questions.map((question, at): ModalComponents[number] => {
    const custom_id = questionId(at);
    const isText = question.options.length === 0;
    return {
      type: 18,
      ...labelOf(question, at),
      component: isText ? { ...text, custom_id } : menuOf(question, custom_id),
    };
  });
  const takesWords = questions.some(({ options, freeText }) => freeText && options.length > 0);
  if (!takesWords || parts.length >= limits.modalComponents) return parts;
  const isAlone = questions.length === 1;
  const about = isAlone ? {} : { description: "Begin a line with a question's number, such as 2: after Friday" };
  return [...parts, { type: 18, label: "Or in your own words", ...about, component: { ...text, custom_id: fieldId } }];
}

/** The beginning of the question, and more of it below; the whole of it stands on the card. */
function labelOf({ text, multiple, options }: FormQuestion, at: number): { label: string; description?: string } {
  const whole = `${at + 1}. ${text}`;
  const label = plainLine(whole, limits.label) || `Question ${at + 1}`;
  const several = multiple && options.length > 0 ? "More than one may be chosen." : "";
  const more = plainLine(whole, Number.MAX_SAFE_INTEGER).length > limits.label ? text : "";
  const description = plainLine([several, more].filter((part) => part !== "").join(" "), limits.labelDescription);
  return { label, ...(description !== "" && { description }) };
}

function menuOf({ options, multiple }: FormQuestion, custom_id: string): APIStringSelectComponent {
  return {
    type: 3,
    custom_id,
    placeholder: multiple ? "Choose any" : "Choose one",
    required: false,
    min_values: 0,
    max_values: multiple ? options.length : 1,
    options: options.map(({ label, description = "" }, at) => {
      const about = plainLine(description, limits.optionText);
      const shown = plainLine(label, limits.optionText) || `Option ${at + 1}`;
      return { label: shown, value: optionValue(at), ...(about !== "" && { description: about }) };
    }),
  };
}

/** The answers in a form with questions; undefined for another form. */
export function answersInModal(fields: readonly FormField[]): FormAnswer[] | undefined {
  const answers = fields.flatMap(({ custom_id: id, value, values }): FormAnswer[] => {
    const [, at] = /^q(\d{1,2})$/.exec(id) ?? [];
    if (at === undefined) return [];
    const options = values.map((one) => Number(one.slice(1))).filter(Number.isSafeInteger);
    return [{ question: Number(at), options, ...(value !== "" && { text: value }) }];
  });
  return answers.length === 0 ? undefined : answers;
}
