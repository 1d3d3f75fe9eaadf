import { request as httpRequest, type IncomingMessage } from "node:http";

export interface SocketCall {
  socketPath: string;
  method?: string;
  /** Default `/v1/messages?beta=true`. */
  path?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  signal?: AbortSignal;
}

/** Sends one request over a Unix socket, as a program in a sandbox would; resolves with the head of the answer. */
export function callSocket(call: SocketCall): Promise<IncomingMessage> {
  const { socketPath, method = "POST", path = "/v1/messages?beta=true", headers = {}, body, signal } = call;
  return new Promise((resolve, reject) => {
    const options = { socketPath, method, path, headers, agent: false, ...(signal && { signal }) };
    const request = httpRequest(options, resolve);
    request.on("error", reject);
    request.end(body);
  });
}

/** Reads the whole answer; rejects when the connection breaks. */
export async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
