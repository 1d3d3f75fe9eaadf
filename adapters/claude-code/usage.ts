import type { Output } from "../../src/ports/agents.js";
import type { ModelUsages } from "./line.js";

type Usage = Extract<Output, { kind: "usage" }>;
type Sums = ModelUsages[string];

export interface UsageMeter {
  /** Usage of a resumed session before this process. Absent: the first sums are taken for that. */
  setBaseline(sums: ModelUsages): void;
  /** Usage since the last sums, one entry per model. */
  read(sums: ModelUsages): Usage[];
}

const nothing: Sums = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadInputTokens: 0,
  cacheCreationInputTokens: 0,
  costUSD: 0,
};

/** Claude Code says sums; some versions carry them over a resume and others begin again at zero. */
export function createUsageMeter(): UsageMeter {
  let known: ModelUsages | undefined;
  return {
    setBaseline(sums) {
      known = sums;
    },
    read(sums) {
      const before = known ?? sums;
      known = sums;
      return Object.entries(sums).flatMap(([model, now]) => {
        const usage = difference(now, before[model] ?? nothing);
        return isNothing(usage) ? [] : [{ kind: "usage" as const, model, ...usage }];
      });
    },
  };
}

/** Sums that fell began again. */
function difference(now: Sums, before: Sums) {
  const from = now.outputTokens < before.outputTokens || now.costUSD < before.costUSD ? nothing : before;
  const since = (key: keyof Sums) => Math.max(0, now[key] - from[key]);
  return {
    inputTokens: since("inputTokens"),
    outputTokens: since("outputTokens"),
    cacheReadTokens: since("cacheReadInputTokens"),
    cacheWriteTokens: since("cacheCreationInputTokens"),
    usd: since("costUSD"),
  };
}

function isNothing(usage: Omit<Usage, "kind" | "model">): boolean {
  return Object.values(usage).every((value) => value === 0);
}
