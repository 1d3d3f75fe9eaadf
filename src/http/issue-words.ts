import type { z } from "zod";

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

const units: Readonly<Record<string, string>> = { string: "character", array: "entry" };

/** Explains an invalid value to its sender; undefined if the schema's own message is sufficient. */
export const issueWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case "too_small":
      return tooSmall(issue);
    case "too_big": {
      const unit = units[issue.origin];
      return unit === undefined
        ? `may be at most ${issue.maximum}`
        : `may have at most ${counted(issue.maximum, unit)}`;
    }
    case "invalid_type":
      return issue.input === undefined ? "is missing" : `must be ${article(issue.expected)} ${issue.expected}`;
    case "unrecognized_keys":
      return `has an unknown field: ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}`;
    case "invalid_value":
      return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    default:
      return undefined;
  }
};

function tooSmall({ origin, minimum }: Extract<RawIssue, { code: "too_small" }>): string {
  const unit = units[origin];
  if (unit === undefined) return `must be at least ${minimum}`;
  return Number(minimum) === 1 ? "must not be empty" : `must have at least ${counted(minimum, unit)}`;
}

function counted(count: number | bigint, unit: string): string {
  if (Number(count) === 1) return `1 ${unit}`;
  return `${count} ${unit === "entry" ? "entries" : `${unit}s`}`;
}

const article = (word: string): string => (/^[aeiou]/.test(word) ? "an" : "a");
