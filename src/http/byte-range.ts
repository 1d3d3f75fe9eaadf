/** Bytes from `start` up to and without `end`. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * The one range of a `Range` header (RFC 9110, 14.1.2) within a file of `total` bytes. Undefined: the whole file, also for several ranges, another unit, and a
 * header that cannot be read, which may all be passed over.
 */
export function parseRange(header: string | undefined, total: number): ByteRange | "unsatisfiable" | undefined {
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const length = Math.min(Number(last), total);
    return length === 0 ? "unsatisfiable" : { start: total - length, end: total };
  }
  const start = Number(first);
  const end = last === "" ? total : Math.min(Number(last) + 1, total);
  if (start >= total) return "unsatisfiable";
  return end <= start ? undefined : { start, end };
}
