import { z } from "zod";
import { OpenAiError } from "./errors.js";

type Issue = z.core.$ZodIssue;

/** In a union the branch that got furthest is the one that was meant. */
const deepest = (issue: Issue): Issue => {
  if (issue.code !== "invalid_union") return issue;
  const inner = issue.errors.flatMap((branch) => branch.slice(0, 1)).map(deepest);
  const meant = inner.reduce<Issue | undefined>((best, next) => {
    return best === undefined || next.path.length > best.path.length ? next : best;
  }, undefined);
  return meant === undefined ? issue : { ...meant, path: [...issue.path, ...meant.path] };
};

const paramOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");

/** The vendor's words for the first problem, e.g. `Unknown parameter: 'input[0].foo'.` */
const describe = (first: Issue): OpenAiError => {
  const issue = deepest(first);
  if (issue.code === "unrecognized_keys") {
    const param = paramOf([...issue.path, issue.keys[0] ?? ""]);
    return new OpenAiError(`Unknown parameter: '${param}'.`, { code: "unknown_parameter", param });
  }
  const param = paramOf(issue.path);
  if (issue.code === "invalid_type" && issue.message.includes("received undefined")) {
    return new OpenAiError(`Missing required parameter: '${param}'.`, { code: "missing_required_parameter", param });
  }
  const code = issue.code === "invalid_type" ? "invalid_type" : "invalid_value";
  return new OpenAiError(`Invalid ${code === "invalid_type" ? "type for" : "value:"} '${param}': ${issue.message}.`, {
    code,
    param,
  });
};

/** A body in the form of the schema; throws the vendor's error for the first thing that is not. */
export const parseBody = <T>(schema: z.ZodType<T>, body: unknown): T => {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw first === undefined ? new OpenAiError("Invalid request.") : describe(first);
};

/** An object of exactly these members, any of which may be null where the vendor says so. */
export const metadata = z.record(z.string().max(64), z.string()).nullish();
