import type { z } from "zod";
import type { AppContext } from "./deps.js";

/**
 * A JSON answer of the protocol. A value that does not have the schema's form is an error of the compiler; nothing is checked or
 * changed at run time. `status` is 200 when absent.
 */
export function answer<Schema extends z.ZodType>(
  c: AppContext,
  _schema: Schema,
  value: z.input<Schema>,
  status: 200 | 201 | 503 = 200,
): Response {
  return c.json(value as object, status);
}
