import type { z } from "zod";
import type { Issue } from "../core/room/rejection.js";
import { idempotencyKey } from "../protocol/fields.js";
import type { AppContext } from "./deps.js";
import { issueWords } from "./issue-words.js";
import { HttpProblemError, invalidRequest } from "./problem.js";

/** Bytes of a request body, at most. */
export const maxBodyBytes = 64 * 1_024;
/** Deeper nested JSON is refused: some of what handles it later goes down level by level. */
const maxDepth = 40;
const maxIssues = 20;

/** The body as the schema has it. An absent body counts as `{}`. */
export async function readBody<T>(c: AppContext, schema: z.ZodType<T>): Promise<T> {
  const text = decodeUtf8(await readBytes(c.req.raw, maxBodyBytes));
  return parseWith(schema, text.trim() === "" ? {} : parseJson(text), []);
}

/** The query as the schema has it. A key that is given twice is refused. */
export function readQuery<T>(c: AppContext, schema: z.ZodType<T>): T {
  const given: Record<string, string> = {};
  for (const [key, values] of Object.entries(c.req.queries())) {
    if (values.length > 1) throw invalidRequest([{ path: [key], message: "given more than once" }]);
    given[key] = values[0] ?? "";
  }
  return parseWith(schema, given, []);
}

export function readIdempotencyKey(c: AppContext): string | undefined {
  return parseWith(idempotencyKey.optional(), c.req.header("Idempotency-Key"), ["Idempotency-Key"]);
}

export function parseWith<T>(schema: z.ZodType<T>, value: unknown, path: (string | number)[]): T {
  const parsed = schema.safeParse(value, { error: issueWords });
  if (parsed.success) return parsed.data;
  throw invalidRequest(parsed.error.issues.slice(0, maxIssues).map((issue) => issueOf(issue, path)));
}

function issueOf(issue: { path: PropertyKey[]; message: string }, path: (string | number)[]): Issue {
  const inside = issue.path.map((key) => (typeof key === "number" ? key : String(key)));
  return { path: [...path, ...inside], message: issue.message };
}

/** Reads no further than `maxBytes`. */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const declared = request.headers.get("Content-Length");
  if (Number(declared) > maxBytes) throw tooLarge(maxBytes);
  // HTTP lets no more through than was declared, and to read it as a stream would be a third of what a POST costs.
  if (declared !== null) return new Uint8Array(await request.arrayBuffer());
  if (!request.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): HttpProblemError {
  const detail = `A body has at most ${maxBytes} bytes. Nothing was done.`;
  return new HttpProblemError({ code: "too_large", detail });
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw notJson("it is not UTF-8");
  }
}

function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notJson(error instanceof Error ? error.message : "it cannot be parsed");
  }
  if (isDeeperThan(value, maxDepth)) {
    throw invalidRequest([{ path: [], message: `nested deeper than ${maxDepth} levels` }]);
  }
  return value;
}

/** Level by level, without recursion. */
function isDeeperThan(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
  }
  return false;
}

/** The parser's message may repeat the input: only the kind of error goes back. */
function notJson(reason: string): HttpProblemError {
  const position = /position \d+/.exec(reason)?.[0];
  const detail = `The body is not JSON${position ? ` (at ${position})` : ""}. Nothing was done.`;
  return new HttpProblemError({ code: "not_json", detail });
}
