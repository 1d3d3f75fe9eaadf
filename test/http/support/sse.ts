import { checkFrame } from "./check-answer.js";

export interface Frame {
  id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into frames freely
  data?: any;
  comment?: string;
  raw: string;
}

/** Reads an SSE body frame by frame, each checked against its schema. */
export function readSse(response: Response) {
  if (!response.body) throw new Error("no body");
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = "";

  async function next(timeoutMs = 20_000): Promise<Frame | undefined> {
    for (;;) {
      const end = text.indexOf("\n\n");
      if (end >= 0) {
        const raw = text.slice(0, end);
        text = text.slice(end + 2);
        return frameOf(raw);
      }
      const { value, done } = await within(reader.read(), timeoutMs);
      if (done) return undefined;
      const piece = decoder.decode(value, { stream: true });
      text += piece;
      bytes += piece;
    }
  }

  /** Waits for the next frame with data. */
  async function nextData(timeoutMs?: number): Promise<Frame | undefined> {
    for (;;) {
      const frame = await next(timeoutMs);
      if (!frame || frame.data !== undefined) return frame;
    }
  }

  return {
    next,
    nextData,
    async take(count: number): Promise<Frame[]> {
      const frames: Frame[] = [];
      while (frames.length < count) {
        const frame = await nextData();
        if (!frame) break;
        frames.push(frame);
      }
      return frames;
    },
    /** Everything read so far. */
    seen: () => bytes,
    cancel: () => reader.cancel(),
  };
}

async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function frameOf(raw: string): Frame {
  const frame: Frame = { raw };
  for (const line of raw.split("\n")) {
    if (line.startsWith(":")) frame.comment = line.slice(1).trim();
    if (line.startsWith("id: ")) frame.id = line.slice(4);
    if (line.startsWith("data: ")) frame.data = JSON.parse(line.slice(6));
  }
  if (frame.data !== undefined) checkFrame(frame.data);
  return frame;
}
