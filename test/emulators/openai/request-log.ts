import type { IncomingHttpHeaders } from "node:http";
import type { ScriptInput } from "./script.js";
import type { Outcome } from "./send.js";
import type { UsageNumbers } from "./usage.js";

/** One request and what became of it; filled in as it proceeds. */
export interface RequestRecord {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** Bearer token sent by the client, checked or not. */
  readonly token: string | undefined;
  /** Parsed JSON, or the raw text if it is not JSON; undefined without a body. */
  body?: unknown;
  /** Present once the request was found valid. */
  input?: ScriptInput;
  /** HTTP status sent; undefined when none was. */
  status?: number;
  /** Counts of the answer if read to its end; absent when the model never saw the request. */
  usage?: UsageNumbers;
  /** Words of a refusal. */
  refusal?: string;
  /** Undefined while the answer is under way. */
  outcome?: Outcome;
}

/** Requests for a model's answer, of those that came. */
export const callsIn = (records: readonly RequestRecord[]): readonly RequestRecord[] =>
  records.filter(({ method }) => method === "POST");
