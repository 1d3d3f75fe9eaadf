import { Transform } from "node:stream";
import { countValues, noValues } from "./json-values.js";
import { createOpenLine } from "./open-line.js";
import type { Pace } from "./output-pace.js";

export interface LineLimitOptions {
  /** Longest line that is passed on, in bytes without its line feed. */
  maxBytes: number;
  /** Most JSON values in a line, as `countValues` counts them; lines with more are dropped. Default: any number. */
  maxValues?: number;
  /** Called once for each line that is dropped because it passes one of the two limits, as soon as it does. */
  onTooLong: () => void;
  /** How fast bytes are taken: the sender is held back meanwhile, and nothing is dropped. Absent: as they come. */
  pace?: Pace | undefined;
}

/** A byte stream that passes on whole lines. It never holds more than one line of the longest length. */
export interface LineLimit {
  readonly stream: Transform;
  /** Passes nothing on until `until` settles: the sender is held back. A rejection ends the wait too. */
  hold(until: Promise<unknown>): void;
}

const lineFeed = 0x0a;

/** Makes a stream that drops every line over `maxBytes` or `maxValues`. A last line without a line feed is passed on as it is. */
export function createLineLimit({ maxBytes, maxValues = Infinity, onTooLong, pace }: LineLimitOptions): LineLimit {
  const open = createOpenLine();
  let counted = noValues;
  let isDropping = false;
  let held: Promise<unknown> = Promise.resolve();
  let holds = 0;

  function drop(): void {
    isDropping = true;
    open.clear();
    onTooLong();
  }

  function hasTooManyValues(piece: Buffer): boolean {
    if (maxValues === Infinity) return false;
    counted = countValues(counted, piece);
    return counted.values > maxValues;
  }

  /** Takes a piece of the line that is open; it ends with its line feed where `isEnd`. */
  function take(piece: Buffer, isEnd: boolean): Buffer | undefined {
    const added = isEnd ? piece.length - 1 : piece.length;
    if (!isDropping && (open.length + added > maxBytes || hasTooManyValues(piece))) drop();
    if (isEnd) counted = noValues;
    if (isDropping) {
      isDropping = !isEnd;
      return undefined;
    }
    if (isEnd && open.length === 0) return piece;
    open.append(piece);
    return isEnd ? open.take() : undefined;
  }

  function pass(chunk: Buffer): void {
    let from = 0;
    while (from < chunk.length) {
      const at = chunk.indexOf(lineFeed, from);
      const end = at === -1 ? chunk.length : at + 1;
      const line = take(chunk.subarray(from, end), at !== -1);
      if (line) stream.push(line);
      from = end;
    }
  }

  const stream: Transform = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const goOn = () => {
        pass(chunk);
        done();
      };
      const paced = pace?.(chunk.length);
      if (holds === 0 && !paced) goOn();
      else void Promise.resolve(paced).then(waitUntilFree).then(goOn);
    },
    flush(done) {
      if (!isDropping && open.length > 0) stream.push(open.take());
      done();
    },
  });

  async function waitUntilFree(): Promise<void> {
    while (holds > 0) await held;
  }

  return {
    stream,
    hold(until) {
      holds += 1;
      const release = () => {
        holds -= 1;
      };
      held = Promise.all([held, until.then(release, release)]);
    },
  };
}
