/**
 * A small deliberate fault in the code and the tests that a maintainer of that place would run. At least one of them must fail with
 * it. A list of such faults shows how much the tests notice.
 */
export interface PlantedFault {
  /** Describes the effect of the fault, such as `redis-later-timer-replaces-earlier`. */
  id: string;
  /** Path from the root of the repository. */
  file: string;
  /** Text that occurs exactly once in the file. */
  find: string;
  /** Text that replaces it. */
  replace: string;
  /** Paths of test files, from the root of the repository. */
  tests: readonly string[];
  /** Set if no test can notice the fault because a second mechanism keeps the promise; names that mechanism. */
  heldBy?: string;
}

/** The file's text with the fault in it. Throws if `find` does not occur exactly once. */
export function withFault({ id, file, find, replace }: PlantedFault, text: string): string {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`${id}: the text to replace occurs ${parts.length - 1} times in ${file}`);
  return parts.join(replace);
}
