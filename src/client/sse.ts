/** One frame of a server-sent event stream. */
export interface SseFrame {
  id?: string;
  data: string;
}

/** A frame longer than this cannot be one of Parley's: a body has at most 64 KiB. */
const maxFrameChars = 4 * 1_024 * 1_024;

/**
 * Reads server-sent events (WHATWG HTML, section 9.2) from the chunks of a response, however they are cut. A comment is the
 * frame `undefined`: nothing but a sign of life.
 */
export async function* readSse(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<SseFrame | undefined> {
  const decoder = new TextDecoder();
  let waiting = "";
  let frame = emptyFrame();
  for await (const chunk of chunks) {
    const lines = (waiting + decoder.decode(chunk, { stream: true })).split("\n");
    waiting = lines.pop() ?? "";
    if (waiting.length > maxFrameChars) throw new Error("a frame of the event stream is too long");
    for (const line of lines) {
      const field = line.endsWith("\r") ? line.slice(0, -1) : line;
      if (field.startsWith(":")) yield undefined;
      if (field !== "") {
        readField(frame, field);
        continue;
      }
      if (frame.data.length > 0) yield finished(frame);
      frame = emptyFrame();
    }
  }
}

interface Draft {
  id: string | undefined;
  data: string[];
}

const emptyFrame = (): Draft => ({ id: undefined, data: [] });

function finished({ id, data }: Draft): SseFrame {
  return { data: data.join("\n"), ...(id !== undefined && { id }) };
}

function readField(frame: Draft, line: string): void {
  const colon = line.indexOf(":");
  const name = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
  if (name === "data") frame.data.push(value);
  if (name === "id") frame.id = value;
}
