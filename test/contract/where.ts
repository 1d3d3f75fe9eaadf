import { test } from "vitest";

/** Declares a case only if the adapter supports its subject: an unsupported one is not a skipped test. */
export function where(isSupported: boolean): typeof test | ((...args: Parameters<typeof test>) => void) {
  return isSupported ? test : () => {};
}
