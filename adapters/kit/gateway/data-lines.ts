import { createOpenLine } from "../open-line.js";

const dataField = "data:";
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Reads server-sent events: `onData` gets each line that begins with `data:`, without that; each byte is looked at once. `onTooLong` gets the bytes
 * of lines longer than `maxLineBytes`, as they come: they are passed on but not read, and count as output.
 */
export function createDataLines(options: {
  onData(text: string): void;
  onTooLong(bytes: number): void;
  maxLineBytes: number;
}): (chunk: Uint8Array) => void {
  const { onData, onTooLong, maxLineBytes } = options;
  const open = createOpenLine();
  let isTooLong = false;

  function endLine(): void {
    if (!isTooLong && open.length > 0) {
      const text = open.take().toString("utf8");
      if (text.startsWith(dataField)) onData(text.slice(dataField.length));
    }
    isTooLong = false;
  }

  function append(piece: Uint8Array): void {
    if (isTooLong || open.length + piece.length > maxLineBytes) {
      onTooLong(open.length + piece.length);
      open.clear();
      isTooLong = true;
    } else open.append(piece);
  }

  return (chunk) => {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      if (chunk[at] !== lineFeed && chunk[at] !== carriageReturn) continue;
      if (at > from) append(chunk.subarray(from, at));
      endLine();
      from = at + 1;
    }
    if (from < chunk.length) append(chunk.subarray(from));
  };
}
