/** A place in a room's log: after event `index` of commit `version`; without an index after the whole commit. */
export interface Cursor {
  version: number;
  index?: number;
}

/** `12.0`, or `12`. */
export function cursorText({ version, index }: Cursor): string {
  return index === undefined ? String(version) : `${version}.${index}`;
}

/** Undefined where the text is not a cursor. */
export function parseCursor(text: string): Cursor | undefined {
  const match = /^(\d{1,15})(?:\.(\d{1,9}))?$/.exec(text);
  if (!match) return undefined;
  const version = Number(match[1]);
  return match[2] === undefined ? { version } : { version, index: Number(match[2]) };
}
