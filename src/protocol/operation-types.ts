import type { z } from "zod";
import type { OperationId, operations } from "./operations.js";

type Table = typeof operations;

/** The parts of an address that vary: `"id" | "name"` of `/api/rooms/:id/agents/:name`. */
type PartsOf<Path extends string> = Path extends `${string}:${infer Part}/${infer Rest}`
  ? Part | PartsOf<`/${Rest}`>
  : Path extends `${string}:${infer Part}`
    ? Part
    : never;

type Given<Name extends string, Value> = { [Key in Name]: Value };

type PartsGiven<Id extends OperationId> =
  PartsOf<Table[Id]["path"]> extends never ? unknown : Given<"parts", Given<PartsOf<Table[Id]["path"]>, string>>;

type BodyGiven<Id extends OperationId> = Table[Id] extends { body: infer Body extends z.ZodType }
  ? Record<never, never> extends z.input<Body>
    ? { body?: z.input<Body> }
    : { body: z.input<Body> }
  : unknown;

type QueryGiven<Id extends OperationId> = Table[Id] extends { query: infer Query extends z.ZodType }
  ? { query?: z.input<Query> }
  : unknown;

type KeyGiven<Id extends OperationId> = Table[Id] extends { headers: readonly (infer Name)[] }
  ? "Idempotency-Key" extends Name
    ? { idempotencyKey?: string }
    : unknown
  : unknown;

/** Input of this operation: the parts of its address, its body, its query, its idempotency key. */
export type CallInput<Id extends OperationId> = PartsGiven<Id> & BodyGiven<Id> & QueryGiven<Id> & KeyGiven<Id>;

type JsonOf<Answer> = Answer extends { content: { "application/json": infer Schema extends z.ZodType } }
  ? z.input<Schema>
  : never;

type Answers<Id extends OperationId> = Table[Id]["answers"];

/** Successful answer of this operation; `never` if that is not JSON. */
export type AnswerOf<Id extends OperationId> = JsonOf<Answers<Id>[keyof Answers<Id>]>;

/** Operations that answer with JSON. */
export type JsonOperationId = { [Id in OperationId]: [AnswerOf<Id>] extends [never] ? never : Id }[OperationId];
