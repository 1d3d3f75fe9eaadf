import type { IncomingMessage, ServerResponse } from "node:http";
import { asObject, parseJson } from "./json.js";
import type { Json } from "./model.js";

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

const maxBodyBytes = 64 * 1024 * 1024;

export async function readRequest(incoming: IncomingMessage): Promise<HttpRequest> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) throw new Error("The body is over 64 MiB.");
    chunks.push(chunk);
  }
  const url = new URL(incoming.url ?? "/", "http://localhost");
  return { method: incoming.method ?? "GET", url, headers: incoming.headers, body: Buffer.concat(chunks) };
}

/** The fields of a form or JSON body; a query string counts as fields too. */
export function fieldsOf(request: HttpRequest): Json {
  const query = Object.fromEntries(request.url.searchParams);
  const type = request.headers["content-type"] ?? "";
  const text = request.body.toString("utf8");
  if (type.includes("json")) return { ...query, ...asObject(parseJson(text)) };
  return { ...query, ...Object.fromEntries(new URLSearchParams(text)) };
}

/** The bytes of an upload: the first file of a multipart body, or the body itself. */
export async function uploadOf(request: HttpRequest): Promise<Buffer> {
  const type = request.headers["content-type"] ?? "";
  if (!type.startsWith("multipart/form-data")) return request.body;
  const parsed = await new Response(new Uint8Array(request.body), { headers: { "content-type": type } }).formData();
  for (const part of parsed.values()) if (typeof part !== "string") return Buffer.from(await part.arrayBuffer());
  return Buffer.alloc(0);
}

export function sendJson(response: ServerResponse, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(JSON.stringify(body));
}

export function sendText(response: ServerResponse, status: number, body: string, type = "text/plain"): void {
  response.writeHead(status, { "content-type": `${type}; charset=utf-8` });
  response.end(body);
}
