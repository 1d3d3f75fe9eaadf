import type { CreatedRoom } from "../support/parley-client.js";

/** A viewer of a room that tells when a text came by. */
export interface Watch {
  until(text: string): Promise<number>;
  close(): void;
}

export async function openWatch(url: string, room: CreatedRoom): Promise<Watch> {
  const leave = new AbortController();
  const response = await fetch(`${url}/api/rooms/${room.roomId}/events`, {
    headers: { authorization: `Bearer ${room.token}`, accept: "text/event-stream" },
    signal: leave.signal,
  });
  if (!response.ok || !response.body) throw new Error(`viewer refused: ${response.status}`);
  const waiting = new Map<string, (at: number) => void>();
  void read(response.body, (frame) => {
    const at = performance.now();
    for (const [text, seen] of waiting) {
      if (!frame.includes(text)) continue;
      waiting.delete(text);
      seen(at);
    }
  });
  return {
    until: (text) => new Promise((resolve) => waiting.set(text, resolve)),
    close: () => leave.abort(),
  };
}

async function read(body: ReadableStream<Uint8Array>, onFrame: (frame: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const chunk of body) {
      const frames = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split("\n\n");
      rest = frames.pop() ?? "";
      for (const frame of frames) onFrame(frame);
    }
  } catch {
    // Closed.
  }
}
