import { test } from "vitest";

/** Declares a case only where the adapter supports what it is about: what an adapter cannot do is no skipped test. */
export function where(isSupported: boolean): typeof test | ((...args: Parameters<typeof test>) => void) {
  return isSupported ? test : () => {};
}
