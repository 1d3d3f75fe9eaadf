import type { CallProblem } from "./problem.js";
import { problemText } from "./problem-text.js";

/** The problems of a form: by field, and in `rest` those that belong to none. */
export interface FormProblems<Field extends string> {
  readonly byField: Readonly<Partial<Record<Field, string>>>;
  readonly rest?: string;
}

export const noProblems: FormProblems<never> = { byField: {} };

/** Whether a form has any problem. */
export const hasProblems = ({ byField, rest }: FormProblems<string>): boolean =>
  rest !== undefined || Object.keys(byField).length > 0;

/**
 * The server's refusal, at the fields it names. `fieldOf` gives the field of a member by its path; a member without a field of its own is said
 * in `rest`, so that no refusal is silent.
 */
export function problemsOf<Field extends string>(
  problem: CallProblem,
  fieldOf: (path: readonly (string | number)[]) => Field | undefined,
): FormProblems<Field> {
  const byField: Partial<Record<Field, string>> = {};
  const others: string[] = [];
  for (const { path, message } of problem.issues ?? []) {
    const field = fieldOf(path);
    if (field === undefined) others.push(`${path.join(".")}: ${message}`);
    else byField[field] ??= sentence(message);
  }
  if (Object.keys(byField).length === 0) return { byField, rest: problemText(problem) };
  return others.length === 0 ? { byField } : { byField, rest: others.map(sentence).join(" ") };
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
