import { z } from "zod";
import type { AskDecision } from "../../src/ports/agents.js";
import { type AskedQuestion, answersToQuestions } from "../kit/ask-questions.js";

const enumOption = z.looseObject({
  const: z.string(),
  title: z.string().optional(),
  description: z.string().nullish(),
});
const property = z.looseObject({
  type: z.string(),
  title: z.string().nullish(),
  description: z.string().nullish(),
  enum: z.array(z.string()).nullish(),
  oneOf: z.array(enumOption).nullish(),
  items: z.looseObject({ enum: z.array(z.string()).nullish(), anyOf: z.array(enumOption).nullish() }).nullish(),
});

/** An `elicitation/create` with a form (schema of ACP v1, `CreateElicitationRequest`). */
export const elicitationShape = z.looseObject({
  mode: z.literal("form"),
  message: z.string(),
  requestedSchema: z.looseObject({ properties: z.record(z.string(), property).optional() }),
});

type Property = z.infer<typeof property>;

/** The questions of a form, each with what its answers mean. */
export interface Form {
  questions: AskedQuestion[];
  /** The content of the answer to the form. */
  contentOf(decision: Extract<AskDecision, { kind: "answer" }>): Record<string, string | number | boolean | string[]>;
}

interface Field {
  name: string;
  property: Property;
  question: AskedQuestion;
  /** By the label of an option. */
  values: ReadonlyMap<string, string | boolean>;
}

const maxFields = 20;

/** One question a field. A form of one field is asked with the words of the request, of several each with its own title. */
export function readForm({ message, requestedSchema }: z.infer<typeof elicitationShape>): Form {
  const properties = Object.entries(requestedSchema.properties ?? {}).slice(0, maxFields);
  const isAlone = properties.length === 1;
  const fields = properties.map(([name, one]) =>
    fieldOf({ name, property: one, message: isAlone ? message : undefined }),
  );
  const questions = fields.map(({ question }) => question);
  return {
    questions,
    contentOf(decision) {
      const { answers, unnamed } = answersToQuestions(questions, decision);
      return Object.fromEntries(
        fields.flatMap((field) => {
          const answer = answers[field.question.question] ?? unnamed;
          return answer === undefined ? [] : [[field.name, valueFor(field, answer)]];
        }),
      );
    },
  };
}

function fieldOf({
  name,
  property: one,
  message,
}: {
  name: string;
  property: Property;
  message: string | undefined;
}): Field {
  const named = [one.title ?? name, one.description ?? ""].filter((part) => part !== "").join(": ");
  const choices = choicesOf(one);
  const options = choices.map(({ label, description }) => ({ label, ...(description ? { description } : {}) }));
  return {
    name,
    property: one,
    question: { question: message ?? named, options, multiple: one.type === "array" },
    values: new Map(choices.map(({ label, value }) => [label, value])),
  };
}

function choicesOf(one: Property): { label: string; description?: string | undefined; value: string | boolean }[] {
  if (one.type === "boolean") {
    return [
      { label: "Yes", value: true },
      { label: "No", value: false },
    ];
  }
  const titled = one.oneOf ?? one.items?.anyOf;
  if (titled) {
    return titled.map((option) => ({
      label: option.title ?? option.const,
      description: option.description ?? undefined,
      value: option.const,
    }));
  }
  return (one.enum ?? one.items?.enum ?? []).map((value) => ({ label: value, value }));
}

/** Words of one's own stay words, a number where the form wants one and they are one. */
function valueFor({ property: one, values }: Field, answer: string): string | number | boolean | string[] {
  if (one.type === "array")
    return chosenLabels(answer, [...values.keys()]).map((label) => String(values.get(label) ?? label));
  const value = values.get(answer);
  if (value !== undefined) return value;
  const number = Number(answer);
  const wantsNumber = one.type === "number" || one.type === "integer";
  return wantsNumber && answer.trim() !== "" && Number.isFinite(number) ? number : answer;
}

/** Several labels come joined by commas; a label may hold one itself. */
function chosenLabels(answer: string, labels: readonly string[]): string[] {
  const chosen = labels.filter((label) => `, ${answer}, `.includes(`, ${label}, `));
  return chosen.length > 0 ? chosen : [answer];
}
