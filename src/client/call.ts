import type { Operation } from "../protocol/operation.js";
import type { AnswerOf, CallInput, JsonOperationId } from "../protocol/operation-types.js";
import { operations } from "../protocol/operations.js";
import type { RequestOptions } from "./request-options.js";

/** Carries out one operation: `call("getRoom", { parts: { id } })`. What it takes and what it answers follow from its id. */
export type OperationCall = <Id extends JsonOperationId>(id: Id, input: CallInput<Id>) => Promise<AnswerOf<Id>>;

/** Everything a call can be given, whatever the operation. */
interface AnyInput {
  parts?: Readonly<Record<string, string>>;
  body?: unknown;
  query?: Readonly<Record<string, string | undefined>>;
  idempotencyKey?: string;
}

/** The typed calls over plain requests. */
export function createCall(request: <T>(path: string, options: RequestOptions) => Promise<T>): OperationCall {
  return (id, input) => {
    const { method, path, body: schema, answers }: Operation = operations[id];
    const { parts = {}, body, query = {}, idempotencyKey } = input as AnyInput;
    return request(addressOf(path, { parts, query }), {
      method,
      // A change without a body is sent as `{}`: so that a cookie could stand in for the token.
      ...(schema && { body: body ?? {} }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(answers[503] && { alsoStatus: 503 }),
    });
  };
}

function addressOf(path: string, { parts, query }: Required<Pick<AnyInput, "parts" | "query">>): string {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(parts[name] ?? ""));
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? filled : `${filled}?${new URLSearchParams(given)}`;
}
