import { PassThrough, Readable, type Writable } from "node:stream";
import { ByteLengthQueuingStrategy } from "node:stream/web";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { AppContext } from "./deps.js";
import { headersOfAll } from "./headers.js";

/** What a body without a server holds beside what waits to be written: Node's own default differs from version to version. */
const pipeBytes = 16 * 1_024;

/** A response that is written as things happen. */
export interface OpenResponse {
  /** Sends the head; what is written from then on is the body. */
  start(): Writable;
  /** For Hono, once it was started. */
  response: Response;
}

/** Writes to the server's own response. Without a server, as in most tests, the same bytes are the body of an ordinary one. */
export function openResponse(c: AppContext, headers: Record<string, string>): OpenResponse {
  const outgoing = c.env?.outgoing;
  if (outgoing) {
    const start = () => outgoing.writeHead(200, { ...headersOfAll(c), ...headers });
    return { start, response: RESPONSE_ALREADY_SENT.clone() };
  }
  const pipe = new PassThrough({ highWaterMark: pipeBytes });
  const strategy = new ByteLengthQueuingStrategy({ highWaterMark: 0 });
  const body = Readable.toWeb(pipe, { strategy }) as ReadableStream<Uint8Array>;
  return { start: () => pipe, response: new Response(body, { headers }) };
}
