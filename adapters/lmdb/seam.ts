import type { Entry, ReadOptions, StreamHead } from "../../src/ports/event-log.js";

const maxLimit = 500;

/** The two parts of one stream: versions below `seam`, and those from it on. Each reads as `EventLog.read` promises. */
interface Parts {
  seam: number;
  before: (options: ReadOptions) => Promise<Entry[]>;
  from: (options: ReadOptions) => Promise<Entry[]>;
}

/** One page over both parts, as `EventLog.read` promises. With `maxChars` it ends at the seam. */
export async function readOverSeam(options: ReadOptions, parts: Parts): Promise<Entry[]> {
  const { after = 0, before = Number.MAX_SAFE_INTEGER, limit = maxLimit, reverse = false, maxChars } = options;
  const older = (left: number) =>
    after + 1 >= parts.seam
      ? Promise.resolve([])
      : parts.before({ ...options, limit: left, before: Math.min(before, parts.seam) });
  const newer = (left: number) => parts.from({ ...options, limit: left, after: Math.max(after, parts.seam - 1) });
  const [first, second] = reverse ? [newer, older] : [older, newer];
  const page = await first(limit);
  const most = Math.min(limit, maxLimit);
  if (page.length >= most || (maxChars !== undefined && page.length > 0)) return page;
  return [...page, ...(await second(most - page.length))];
}

/** By the names' UTF-16 units. */
export function inNameOrder(heads: StreamHead[]): StreamHead[] {
  return heads.sort((one, other) => (one.stream < other.stream ? -1 : Number(one.stream > other.stream)));
}
