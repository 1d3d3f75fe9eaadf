import type { EventLines } from "./event-lines.js";
import { dim, type Screen } from "./screen.js";
import { clockText } from "./words.js";

/** Columns of `12:03:11 `. */
export const timeColumns = 9;

/** One event on the terminal: time, headline, text below. */
export function printEvent(screen: Screen, atMs: number, { head, body, held, hint }: EventLines): void {
  screen.line([dim(`${clockText(atMs)} `), ...head], { hang: timeColumns });
  if (body !== undefined) screen.line(body, { indent: timeColumns, ...(held && { bar: true }) });
  if (hint !== undefined) screen.line(dim(hint), { indent: timeColumns });
}
