import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { activityFrame, agentEventFrame, roomEventFrame } from "../../../src/protocol/events.js";
import { takenTurn } from "../../../src/protocol/external.js";
import type { MediaType, Operation } from "../../../src/protocol/operation.js";
import { operations } from "../../../src/protocol/operations.js";
import { problemDocument, problems } from "../../../src/protocol/problem.js";

const patterns = Object.entries<Operation>(operations).map(([id, operation]) => ({
  id,
  operation,
  pattern: new RegExp(`^${operation.path.replaceAll(/:\w+/g, "[^/]+").replaceAll(".", "\\.")}$`),
}));

/** The operation a request is for; HEAD is a GET without a body. Undefined: no address of the API. */
export function operationOf(method: string, path: string): { id: string; operation: Operation } | undefined {
  const wanted = method === "HEAD" ? "GET" : method;
  const [pathname = ""] = path.split("?");
  return patterns.find(({ operation, pattern }) => operation.method === wanted && pattern.test(pathname));
}

interface Received {
  method: string;
  path: string;
  response: Response;
  /** A test that breaks Parley on purpose expects a 500; everywhere else one is a failure. */
  expectsFault?: boolean | undefined;
}

/** Throws unless the operation documents this status and this type of body; returns the schema of the body. */
export function checkHead({ method, path, response, expectsFault = false }: Received): BodyCheck | undefined {
  const { status } = response;
  const found = operationOf(method, path);
  const type = (response.headers.get("Content-Type") ?? "").split(";")[0] as MediaType;
  if (!found) return path.startsWith("/api/") ? problemCheck({ status, type }, [404, 413]) : undefined;
  const { id, operation } = found;
  const answer = operation.answers[status as 200];
  if (answer && type in answer.content) {
    const schema = answer.content[type];
    return schema && method !== "HEAD" ? { name: `${id} ${status}`, type, schema } : undefined;
  }
  const documented: number[] = [...operation.problems, ...(expectsFault ? [500] : [])];
  return problemCheck({ status, type, id }, documented);
}

interface BodyCheck {
  name: string;
  type: MediaType;
  schema: z.ZodType;
}

function problemCheck(
  { status, type, id = "no operation" }: { status: number; type: MediaType; id?: string },
  documented: readonly number[],
): BodyCheck {
  if (!documented.includes(status)) throw new Error(`${id}: status ${status} (${type}) is not documented`);
  if (type !== "application/problem+json") throw new Error(`${id}: ${status} is ${type}, not a problem document`);
  return { name: `${id} ${status}`, type, schema: problemDocument };
}

/** Throws unless the text matches the schema: every member has its form, and there is no other member. */
export function checkBody({ name, type, schema }: BodyCheck, text: string): void {
  if (text === "" || type === "text/event-stream") return;
  if (type !== "application/jsonl") {
    checkValue(name, schema, JSON.parse(text));
    return;
  }
  for (const line of text.split("\n")) if (line !== "") checkValue(name, schema, JSON.parse(line));
}

const frame = roomEventFrame.or(agentEventFrame).or(activityFrame).or(takenTurn);

/** Throws unless the data of a frame matches one of the schemas of frames. */
export function checkFrame(data: unknown): void {
  checkValue("a frame", frame, data);
}

function checkValue(name: string, schema: z.ZodType, value: unknown): void {
  const parsed = schema.safeParse(value);
  const shown = () => JSON.stringify(value).slice(0, 1_000);
  if (!parsed.success) throw new Error(`${name} is not as documented: ${parsed.error.message}\n${shown()}`);
  if (!isDeepStrictEqual(parsed.data, value))
    throw new Error(`${name} has a member that is not documented: ${shown()}`);
  if (schema === problemDocument) checkProblem(name, parsed.data as z.infer<typeof problemDocument>);
}

function checkProblem(name: string, { code, status, title }: z.infer<typeof problemDocument>): void {
  if (problems[code].status !== status || problems[code].title !== title || !name.endsWith(` ${status}`))
    throw new Error(`${name}: the problem ${code} has the status ${status} or a title that is not its own`);
}

/** `fetch` for a test's real server: its answers are checked like all others. */
export async function checkedFetch(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, init);
  const { pathname, search } = new URL(url);
  const check = checkHead({ method: init.method ?? "GET", path: pathname + search, response });
  if (check && check.type !== "text/event-stream") checkBody(check, await response.clone().text());
  return response;
}
