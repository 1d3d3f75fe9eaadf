/** A place in a stream: everything up to and including event `index` of commit `version`. */
export interface LogPosition {
  version: number;
  /** Infinity: the whole commit. */
  index: number;
}

/** The place before the first event. */
export const logStart: LogPosition = { version: 0, index: Number.POSITIVE_INFINITY };

/** Reads `version` or `version.index`; undefined when it is neither. */
export function parsePosition(text: string): LogPosition | undefined {
  const match = /^(\d{1,15})(?:\.(\d{1,6}))?$/.exec(text);
  if (!match) return undefined;
  return {
    version: Number(match[1]),
    index: match[2] === undefined ? Number.POSITIVE_INFINITY : Number(match[2]),
  };
}

/** A place as text: `version.index`. */
export function formatPosition({ version, index }: LogPosition): string {
  return Number.isFinite(index) ? `${version}.${index}` : String(version);
}
