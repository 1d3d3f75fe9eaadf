/** One piece of output; the engine marks each with the stream it came from. */
export interface OutputFrame {
  stream: "stdout" | "stderr";
  bytes: Buffer;
}

const headerBytes = 8;
const stderrType = 2;
/** The engine's own complaint instead of output. */
const systemErrorType = 3;

export interface FrameReader {
  /** Takes the next bytes of the connection, cut anywhere, and returns the output they complete; a long frame is returned in parts. */
  read(chunk: Buffer): OutputFrame[];
}

/** Splits the engine's stream for a container without a terminal: `[type, 0, 0, 0, length (32 bits, big endian)]`, then the bytes. */
export function createFrameReader(): FrameReader {
  let header = Buffer.alloc(0);
  let left = 0;
  let stream: OutputFrame["stream"] = "stdout";

  function takeHeader(chunk: Buffer, offset: number): number {
    const missing = headerBytes - header.length;
    const part = chunk.subarray(offset, offset + missing);
    header = Buffer.concat([header, part]);
    if (header.length === headerBytes) {
      const type = header[0] ?? 0;
      if (type > systemErrorType) throw new Error(`the engine sent a frame of unknown type ${type}`);
      stream = type === stderrType || type === systemErrorType ? "stderr" : "stdout";
      left = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
    return offset + part.length;
  }

  return {
    read(chunk) {
      const frames: OutputFrame[] = [];
      let offset = 0;
      while (offset < chunk.length) {
        if (left === 0) {
          offset = takeHeader(chunk, offset);
          continue;
        }
        const bytes = chunk.subarray(offset, offset + left);
        frames.push({ stream, bytes });
        left -= bytes.length;
        offset += bytes.length;
      }
      return frames;
    },
  };
}

/** Both streams of a whole answer. */
export function splitOutput(answer: Buffer): { stdout: Buffer; stderr: Buffer } {
  const frames = createFrameReader().read(answer);
  const of = (stream: OutputFrame["stream"]) =>
    Buffer.concat(frames.filter((frame) => frame.stream === stream).map(({ bytes }) => bytes));
  return { stdout: of("stdout"), stderr: of("stderr") };
}
