import { request } from "node:http";

/** A viewer that counts whole SSE frames as they come and notes when the last one came. */
export interface SseClient {
  frames(): number;
  lastAt(): number;
  firstByteMs(): number;
  pause(): void;
  closed(): boolean;
  close(): void;
}

export function openSse(url: string, { token, path }: { token?: string; path: string }): Promise<SseClient> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    let frames = 0;
    let lastAt = 0;
    let firstByteMs = Number.NaN;
    let isClosed = false;
    let tail = "";
    const headers = { accept: "text/event-stream", ...(token !== undefined && { authorization: `Bearer ${token}` }) };
    const asked = request(`${url}${path}`, { headers, agent: false }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`viewer refused: ${response.statusCode}`));
      response.setEncoding("latin1");
      response.on("data", (chunk: string) => {
        if (Number.isNaN(firstByteMs)) firstByteMs = performance.now() - startedAt;
        const text = tail + chunk;
        let at = 0;
        for (let end = text.indexOf("\n\n", at); end >= 0; end = text.indexOf("\n\n", at)) {
          if (text.startsWith("id:", at) || text.startsWith("data:", at)) frames += 1;
          at = end + 2;
        }
        tail = text.slice(at);
        lastAt = performance.now();
      });
      response.on("close", () => {
        isClosed = true;
      });
      response.on("error", () => {});
      resolve({
        frames: () => frames,
        lastAt: () => lastAt,
        firstByteMs: () => firstByteMs,
        pause: () => response.pause(),
        closed: () => isClosed,
        close: () => asked.destroy(),
      });
    });
    asked.on("error", (error) => (isClosed ? undefined : reject(error)));
    asked.end();
  });
}
