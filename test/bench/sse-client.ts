import { request } from "node:http";

/** A viewer that counts whole SSE frames as they come and notes when the last one came. */
export interface SseClient {
  frames(): number;
  lastAt(): number;
  firstByteMs(): number;
  /** Id of the last whole frame that has one. */
  lastId(): string;
  pause(): void;
  resume(): void;
  /** Resolves when the connection is closed. */
  closed: Promise<void>;
  close(): void;
}

/** Counts the whole frames of a text that comes in pieces. */
function createFrameCounter() {
  let tail = "";
  const seen = { frames: 0, lastId: "" };
  const take = (piece: string) => {
    const text = tail + piece;
    let at = 0;
    let withId = -1;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n", at)) {
      if (text.startsWith("id:", at)) withId = at;
      if (withId === at || text.startsWith("data:", at)) seen.frames += 1;
      at = end + 2;
    }
    if (withId >= 0) seen.lastId = text.slice(withId + "id: ".length, text.indexOf("\n", withId));
    tail = text.slice(at);
  };
  return { seen, take };
}

export function openSse(
  url: string,
  { token, path, lastEventId }: { token?: string; path: string; lastEventId?: string },
): Promise<SseClient> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const counter = createFrameCounter();
    let lastAt = 0;
    let firstByteMs = Number.NaN;
    let isOpen = false;
    const headers = {
      accept: "text/event-stream",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(lastEventId !== undefined && { "last-event-id": lastEventId }),
    };
    const asked = request(`${url}${path}`, { headers, agent: false }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`viewer refused: ${response.statusCode}`));
      response.setEncoding("latin1");
      response.on("data", (piece: string) => {
        if (Number.isNaN(firstByteMs)) firstByteMs = performance.now() - startedAt;
        counter.take(piece);
        lastAt = performance.now();
      });
      const closed = new Promise<void>((closes) => response.on("close", closes));
      response.on("error", () => {});
      isOpen = true;
      resolve({
        frames: () => counter.seen.frames,
        lastAt: () => lastAt,
        firstByteMs: () => firstByteMs,
        lastId: () => counter.seen.lastId,
        pause: () => response.pause(),
        resume: () => response.resume(),
        closed,
        close: () => asked.destroy(),
      });
    });
    asked.on("error", (error) => (isOpen ? undefined : reject(error)));
    asked.end();
  });
}
