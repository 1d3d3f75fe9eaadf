import type { z } from "zod";

/** The callers an operation is open to; a right is one of a room's (`core/room/rights`), had through the caller's role there. */
export type Access =
  | "anyone"
  | "admin"
  | "read"
  | "speak"
  /** The right to see held text: members and up. */
  | "readHeld"
  | "decide"
  | "steer"
  | "invite"
  | "manageAgents"
  | "configure"
  | "close"
  /** Every participant of the room. */
  | "participant"
  /** Every holder of a room's own token, and the admin; an address outside the rooms takes no cookie. */
  | "tokenHolder"
  /** An agent that runs outside Parley, by its own token alone. */
  | "agent";

/** The media types of answers besides JSON. */
export type MediaType =
  | "application/json"
  | "text/event-stream"
  | "application/jsonl"
  | "text/markdown"
  | "text/plain"
  | "image/png"
  | "application/x-tar"
  | "image/jpeg"
  | "image/gif"
  | "image/webp"
  | "application/octet-stream"
  | "application/problem+json";

/** The answer of one status. */
export interface OperationAnswer {
  /** Description for a reader of the document. */
  description: string;
  /** By media type the schema of a body, of each frame of an event stream, or of each line; undefined where the body is text. */
  content: Partial<Record<MediaType, z.ZodType | undefined>>;
}

/** Statuses of an answer that is a problem document. */
export type ProblemStatus = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 416 | 422 | 429 | 500 | 503 | 507;

/** Headers of a request that an operation reads, besides the credential. */
export type RequestHeader = "Idempotency-Key" | "Last-Event-ID" | "Parley-As";

/** One operation of the HTTP API: everything a caller has to know, in one place. */
export interface Operation {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** The address with `:name` for what varies, as the routes have it. */
  path: string;
  /** Its effect, in a few words. */
  summary: string;
  /** More, for the documentation. */
  note?: string;
  access: Access;
  body?: z.ZodType;
  /** The body is bytes of this media type, not JSON. */
  content?: "application/octet-stream";
  query?: z.ZodObject;
  headers?: readonly RequestHeader[];
  /** Answers that are not problems, by status. */
  answers: Readonly<Partial<Record<200 | 201 | 206 | 503, OperationAnswer>>>;
  /** Statuses of the problems it can answer with, without 500: that one is always a fault of Parley. */
  problems: readonly ProblemStatus[];
}

/** The JSON answer of an operation. */
export function json<S extends z.ZodType>(schema: S, description = "Done.") {
  return { description, content: { "application/json": schema } };
}

/** Problems of reading a room: no token, one without the scope, no such room, a wrong query, a log that cannot be read. */
export const readProblems = [401, 403, 404, 422, 503] as const satisfies readonly ProblemStatus[];

/** Problems of a change that no state refuses (409). */
export const writeProblems = [400, 401, 403, 404, 413, 422, 503] as const satisfies readonly ProblemStatus[];

/** Problems of changing a room that its present state can refuse. */
export const changeProblems = [400, 401, 403, 404, 409, 413, 422, 503] as const satisfies readonly ProblemStatus[];
/** Problems of every capped change of a room. */
export const cappedProblems = [400, 401, 403, 404, 409, 413, 422, 429, 503] as const satisfies readonly ProblemStatus[];
