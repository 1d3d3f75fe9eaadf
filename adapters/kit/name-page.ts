/** Collects one page of names out of many, in the order of their UTF-16 units, in memory for a few pages whatever the number of names. */
export interface NamePage<T extends { name: string }> {
  add(entry: T): void;
  /** The entries of the page, and whether there are more after it. */
  take(): { entries: T[]; hasMore: boolean };
}

/** Names are collected up to this many pages before all beyond the first are dropped. */
const pagesHeld = 8;

/** The `limit` first names after `after`; without `after` the first of all. */
export function createNamePage<T extends { name: string }>(options: {
  after: string | undefined;
  limit: number;
}): NamePage<T> {
  const { after, limit } = options;
  let held: T[] = [];
  /** Names beyond this one are on a later page. */
  let last: string | undefined;

  function shrink(): void {
    held.sort((a, b) => (a.name < b.name ? -1 : 1));
    held = held.slice(0, limit + 1);
    if (held.length > limit) last = held.at(-1)?.name;
  }

  return {
    add(entry) {
      if (after !== undefined && entry.name <= after) return;
      if (last !== undefined && entry.name > last) return;
      held.push(entry);
      if (held.length > (limit + 1) * pagesHeld) shrink();
    },
    take() {
      shrink();
      return { entries: held.slice(0, limit), hasMore: held.length > limit };
    },
  };
}
