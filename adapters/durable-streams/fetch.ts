import { Agent, request } from "undici";

export interface OwnFetch {
  fetch: typeof globalThis.fetch;
  close(): Promise<void>;
}

const nullBodyStatuses: ReadonlySet<number> = new Set([204, 205, 304]);

/** `fetch` as far as the stream client uses it, on undici's `request`: several times cheaper a call than the global one. */
export function createFetch(): OwnFetch {
  const dispatcher = new Agent({ connections: 64, keepAliveTimeout: 30_000 });
  async function ownFetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    const url = input instanceof Request ? input.url : String(input);
    const { statusCode, headers, body } = await request(url, {
      dispatcher,
      method: (init.method ?? "GET") as "GET" | "POST" | "PUT" | "HEAD" | "DELETE",
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(init.body !== undefined && init.body !== null && { body: init.body as string | Uint8Array }),
      ...(init.signal && { signal: init.signal }),
    });
    const pairs = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    );
    const bytes = await body.arrayBuffer();
    return new Response(nullBodyStatuses.has(statusCode) ? null : bytes, { status: statusCode, headers: pairs });
  }
  return { fetch: ownFetch, close: () => dispatcher.destroy() };
}
