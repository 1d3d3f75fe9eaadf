import type { IncomingHttpHeaders } from "node:http";
import type { Credential } from "./authenticate.js";
import type { ScriptInput } from "./script-input.js";
import type { Outcome } from "./send-response.js";
import type { UsageNumbers } from "./usage.js";

/** One request and what became of it; filled in as it proceeds. */
export interface RequestRecord {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** Sent by the client, checked or not. */
  readonly credential: Credential | undefined;
  /** Parsed JSON, or the raw text if it is not JSON; undefined without a body. */
  body?: unknown;
  bodyBytes: number;
  /** Present once the request was found valid. */
  input?: ScriptInput;
  /** HTTP status sent; undefined when none was (reset, aborted before). */
  status?: number;
  /** Usage of the answer if read to its end; absent when the model never saw the request. */
  usage?: UsageNumbers;
  /** Words of a refusal. */
  refusal?: string;
  /** Undefined while the answer is under way. */
  outcome?: Outcome;
}

export interface RequestLog {
  readonly all: readonly RequestRecord[];
  /** Requests for a model answer only. */
  messages(): readonly RequestRecord[];
  /** Resolves with the first record, past or future, that satisfies; rejects after `timeoutMs` (default 5,000). */
  until(satisfies: (record: RequestRecord) => boolean, timeoutMs?: number): Promise<RequestRecord>;
  clear(): void;
}

export const createRequestLog = (): RequestLog & { add(record: RequestRecord): void; changed(): void } => {
  const records: RequestRecord[] = [];
  const watchers = new Set<() => void>();

  const until: RequestLog["until"] = (satisfies, timeoutMs = 20_000) =>
    new Promise((resolve, reject) => {
      const finish = (): void => {
        watchers.delete(look);
        clearTimeout(timer);
      };
      const look = (): void => {
        const found = records.find(satisfies);
        if (found === undefined) return;
        finish();
        resolve(found);
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`no matching request in ${timeoutMs} ms; ${records.length} requests seen`));
      }, timeoutMs);
      watchers.add(look);
      look();
    });

  const changed = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  return {
    all: records,
    messages: () => records.filter((record) => record.method === "POST" && record.path === "/v1/messages"),
    until,
    clear: () => records.splice(0),
    add: (record) => {
      records.push(record);
      changed();
    },
    changed,
  };
};
