const newline = 0x0a;

/** Up to the last line that is complete. */
export function wholeLines(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.lastIndexOf(newline) + 1);
}

/** The text after the last complete line: the beginning of an unfinished line. */
export function openLine(bytes: Buffer): Buffer {
  return bytes.subarray(bytes.lastIndexOf(newline) + 1);
}

/**
 * Where in `log` the bytes that came live begin; undefined: it does not hold the first live line, or live output has not reached its end yet.
 * Of several places the last one: with output that repeats itself, lines come twice then, and none is lost.
 */
function findSeam(log: Buffer, live: Buffer): number | undefined {
  const firstLine = live.subarray(0, live.indexOf(newline) + 1);
  let at = log.lastIndexOf(firstLine);
  while (at !== -1 && log.length - at <= live.length) {
    if (log.compare(live, 0, log.length - at, at) === 0) return at;
    at = at === 0 ? -1 : log.lastIndexOf(firstLine, at - 1);
  }
  return undefined;
}

/** Joins one stream of a container's log with its live output. */
export interface OutputJoin {
  /** Takes live output and returns the part that can be passed on at once. */
  live(bytes: Buffer): Buffer;
  /** True: a live line waits for the log to show where it belongs. */
  needsLog(): boolean;
  /** Takes the current log, from the same moment each time, and returns the part that can be passed on. */
  log(bytes: Buffer): Buffer;
  /** The log never showed where live output belongs: gives that from its first whole line, and joins. */
  giveUp(): Buffer;
  /** Nothing comes any more and this is the whole log: gives all of it that was not passed on. */
  end(bytes: Buffer): Buffer;
}

/**
 * The live connection opens somewhere, perhaps inside a line, and the engine writes a line to its log only when it is complete or 16 KiB
 * long. So first the whole lines of the log are passed on. When a line came live, the log is read again (it holds that line by then),
 * the place of the live bytes in it is found, and from there live output goes straight through. Whole lines may come twice.
 */
export function createOutputJoin(): OutputJoin {
  let passedOn: Buffer = Buffer.alloc(0);
  let waiting: Buffer = Buffer.alloc(0);
  let log: Buffer = Buffer.alloc(0);
  let isJoined = false;

  const needsLog = () => !isJoined && waiting.includes(newline);

  /** A log that lost its beginning meanwhile (its oldest file was dropped) is found again by the last line passed on. */
  function notPassedOn(): Buffer {
    if (log.subarray(0, passedOn.length).equals(passedOn)) return log.subarray(passedOn.length);
    const lastLine = openLine(passedOn.subarray(0, -1));
    const at = log.lastIndexOf(lastLine);
    return at === -1 ? log : log.subarray(at + lastLine.length + 1);
  }

  function finish(rest: Buffer): Buffer {
    isJoined = true;
    [passedOn, waiting, log] = [Buffer.alloc(0), Buffer.alloc(0), Buffer.alloc(0)];
    return rest;
  }

  function tryToJoin(): Buffer {
    const seam = needsLog() ? findSeam(log, waiting) : undefined;
    if (seam !== undefined) return finish(Buffer.concat([notPassedOn(), waiting.subarray(log.length - seam)]));
    const lines = wholeLines(notPassedOn());
    passedOn = Buffer.concat([passedOn, lines]);
    return lines;
  }

  return {
    live(bytes) {
      if (isJoined) return bytes;
      waiting = Buffer.concat([waiting, bytes]);
      // Before the log was read again it may lack the line that was open when the connection was made.
      return log.length > 0 ? tryToJoin() : Buffer.alloc(0);
    },
    needsLog,
    log(bytes) {
      if (isJoined) return Buffer.alloc(0);
      const isSafe = needsLog();
      log = bytes;
      const out = tryToJoin();
      if (!isSafe) log = Buffer.alloc(0);
      return out;
    },
    end(bytes) {
      if (isJoined) return Buffer.alloc(0);
      log = bytes;
      return finish(notPassedOn());
    },
    giveUp: () => finish(waiting.subarray(waiting.indexOf(newline) + 1)),
  };
}
