/** Values by name in memory, listed by prefix in the order of the names. */
export interface NameIndex<Value> {
  get(name: string): Value | undefined;
  set(name: string, value: Value): void;
  /** Every value whose name starts with `prefix`, by name. */
  withPrefix<Result>(prefix: string, map: (name: string, value: Value) => Result): Result[];
}

export function createNameIndex<Value>(): NameIndex<Value> {
  const values = new Map<string, Value>();
  const names: string[] = [];
  let isSorted = true;

  function firstAtOrAfter(prefix: string): number {
    let [low, high] = [0, names.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((names[middle] ?? "") < prefix) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function sort(): void {
    if (!isSorted) names.sort();
    isSorted = true;
  }

  return {
    get: (name) => values.get(name),
    set(name, value) {
      if (!values.has(name)) {
        isSorted = isSorted && name > (names.at(-1) ?? "");
        names.push(name);
      }
      values.set(name, value);
    },
    withPrefix(prefix, map) {
      sort();
      const found: ReturnType<typeof map>[] = [];
      for (let index = firstAtOrAfter(prefix); index < names.length; index += 1) {
        const name = names[index] ?? "";
        if (!name.startsWith(prefix)) break;
        const value = values.get(name);
        if (value !== undefined) found.push(map(name, value));
      }
      return found;
    },
  };
}
