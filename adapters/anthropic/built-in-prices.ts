import type { PriceTable } from "../kit/gateway/prices.js";

/** US dollars a million tokens, in the order of the provider's lists. */
const rates = (input: number, output: number, cache: { write5m: number; write1h: number; read: number }) => ({
  input,
  output,
  cacheWrite5m: cache.write5m,
  cacheWrite1h: cache.write1h,
  cacheRead: cache.read,
});

const haiku35 = rates(0.8, 4, { write5m: 1, write1h: 1.6, read: 0.08 });
const haiku45 = rates(1, 5, { write5m: 1.25, write1h: 2, read: 0.1 });
const haiku55 = rates(0.1, 0.5, { write5m: 0.125, write1h: 0.2, read: 0.01 });
const haiku55Long = rates(0.5, 2.5, { write5m: 0.625, write1h: 1, read: 0.05 });
const sonnet3 = rates(3, 15, { write5m: 3.75, write1h: 6, read: 0.3 });
const sonnet5 = rates(2, 10, { write5m: 2.5, write1h: 4, read: 0.2 });
const sonnet55 = rates(2, 10, { write5m: 2.5, write1h: 4, read: 0.1 });
const opus4 = rates(15, 75, { write5m: 18.75, write1h: 30, read: 1.5 });
const opus45 = rates(5, 25, { write5m: 6.25, write1h: 10, read: 0.5 });
const opus55 = rates(4, 20, { write5m: 5, write1h: 8, read: 0.2 });
const fable5 = rates(10, 50, { write5m: 12.5, write1h: 20, read: 1 });
const fable51 = rates(10, 50, { write5m: 12.5, write1h: 20, read: 0.25 });
const fable52 = rates(8, 40, { write5m: 10, write1h: 16, read: 0.2 });

/** As the model catalog of Claude Code 2.1.328 has them. */
export const builtInPrices: PriceTable = {
  models: {
    "claude-3-5-haiku": haiku35,
    "claude-haiku-4-5": haiku45,
    "claude-haiku-5-5": { ...haiku55, longPrompt: { ...haiku55Long, aboveTokens: 100_000 } },
    "claude-3-5-sonnet": sonnet3,
    "claude-3-7-sonnet": sonnet3,
    "claude-sonnet-4": sonnet3,
    "claude-sonnet-5": sonnet5,
    "claude-sonnet-5-5": sonnet55,
    "claude-opus-4": opus4,
    "claude-opus-4-5": opus45,
    "claude-opus-4-6": opus45,
    "claude-opus-4-7": opus45,
    "claude-opus-4-8": opus45,
    "claude-opus-5": opus45,
    "claude-opus-5-5": opus55,
    "claude-fable-5": fable5,
    "claude-fable-5-1": fable51,
    "claude-fable-5-2": fable52,
    "claude-mythos-5": fable5,
    "claude-mythos-5-1": fable51,
    "claude-mythos-5-2": fable52,
  },
  webSearchUsd: 0.01,
  fastMultiplier: 6,
  usOnlyMultiplier: 1.1,
};
