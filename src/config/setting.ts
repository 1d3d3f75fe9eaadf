import { z } from "zod";

/**
 * One key of the environment. The schema reads the text; its `error` names what is expected in words a person
 * understands and must not repeat the value. `default` is written as in the environment; null means unset.
 */
export interface Setting {
  key: string;
  schema: z.ZodType<unknown, string>;
  meaning: string;
  unit: string;
  default: string | null;
  /** The behaviour while it is unset, if there is no default. */
  whenUnset?: string;
  /** The value never appears in a message. */
  secret?: true;
}

export const text = (pattern: RegExp, error: string) => z.string().regex(pattern, { error });

export const wholeNumber = ({ min, max }: { min: number; max: number }) => {
  const error = `a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, { error })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error });
};

/** A number with at most two decimals, such as `12.50`. */
export const usDollars = ({ min, max }: { min: number; max: number }) => {
  const error = `a number from ${min} to ${max}, with two decimals at most`;
  return z
    .string()
    .regex(/^\d{1,9}(\.\d{1,2})?$/, { error })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error });
};

export const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, { error: `one of ${words.join(", ")}` });

export const folder = text(/^[^\0]+$/, "the path of a folder");
const publicUrlError = "an http:// or https:// address of host and port alone, such as https://rooms.example.org";

/** Host and port of a URL and nothing behind them; `URL` also normalises case and default ports. */
function toOrigin(value: string): string | undefined {
  if (!URL.canParse(value)) return undefined;
  const url = new URL(value);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  return url.href === `${url.origin}/` ? url.origin : undefined;
}

export const origin = z.string().transform((value, context) => {
  const result = toOrigin(value);
  if (result !== undefined) return result;
  context.addIssue({ code: "custom", message: publicUrlError });
  return z.NEVER;
});

/** Names of this server, separated by commas or spaces, in lower case. */
export const hostNameList = text(
  /^[A-Za-z0-9.-]{1,253}([\s,]+[A-Za-z0-9.-]{1,253})*$/,
  "host names separated by commas",
).transform((list) => list.toLowerCase().split(/[\s,]+/));

/** Ids as platforms give them, separated by commas or spaces. */
export const idList = text(/^[\w-]+([\s,]+[\w-]+)*$/, "ids separated by commas").transform((list) =>
  list.split(/[\s,]+/),
);
