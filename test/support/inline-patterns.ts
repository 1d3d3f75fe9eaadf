import type { PatternWorker } from "../../adapters/scripted/pattern-worker.js";

/**
 * Tries patterns in the place of the thread, for tests on a clock of their own: that clock runs on while a thread works, and a minute of it can pass
 * before a busy machine has started one.
 */
export function createInlinePatterns(): PatternWorker {
  return {
    async firstMatch(patterns, text) {
      for (const [index, pattern] of patterns.entries()) {
        const groups = new RegExp(pattern, "i").exec(text);
        if (groups) return { kind: "found", index, groups: [...groups], tooSlow: [] };
      }
      return { kind: "none", tooSlow: [] };
    },
  };
}
