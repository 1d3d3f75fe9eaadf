/**
 * A small deliberate fault in the code and the tests that a maintainer of that place would run. At least one of them must fail with it; a
 * list of such faults shows whether the tests see.
 */
export interface PlantedFault {
  /** Says what the fault does, as `redis-later-timer-replaces-earlier`. */
  id: string;
  /** Path from the root of the repository. */
  file: string;
  /** Text that occurs exactly once in the file. */
  find: string;
  /** Text that stands there instead. */
  replace: string;
  /** Paths of test files, from the root of the repository. */
  tests: readonly string[];
  /** Present where no test can notice it, because a second mechanism keeps the promise: which one. */
  heldBy?: string;
}

/** The file's text with the fault in it. Throws where `find` does not occur exactly once. */
export function withFault({ id, file, find, replace }: PlantedFault, text: string): string {
  const parts = text.split(find);
  if (parts.length !== 2) throw new Error(`${id}: the text to replace occurs ${parts.length - 1} times in ${file}`);
  return parts.join(replace);
}
