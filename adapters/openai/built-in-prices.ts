import type { PriceTable } from "../kit/gateway/prices.js";

/** US dollars a million tokens, in the order of the provider's lists; a cache write of half a day costs twice that of half an hour. */
function rates(input: number, output: number, cache: { read: number; write: number }) {
  return {
    input,
    output,
    cacheRead: cache.read,
    cacheWrite5m: cache.write,
    cacheWrite1h: 2 * cache.write,
  };
}

/** Beyond 272,000 tokens of input the whole call costs twice as much for input and cache, and half as much again for output. */
function withLongPrompt(short: ReturnType<typeof rates>) {
  const { input, output, cacheRead, cacheWrite5m } = short;
  const long = rates(2 * input, 1.5 * output, { read: 2 * cacheRead, write: 2 * cacheWrite5m });
  return { ...short, longPrompt: { ...long, aboveTokens: 272_000 } };
}

const sol6 = rates(2, 10, { read: 0.2, write: 2.5 });
const sol61 = rates(2, 10, { read: 0.1, write: 2.5 });

/** As the provider's model pages have them in November 2026 (developers.openai.com/api/docs/models). For GPT-5.5 a cache write costs what input does. */
export const openAiPrices: PriceTable = {
  models: {
    "gpt-6.2-astra": withLongPrompt(rates(8, 40, { read: 0.4, write: 10 })),
    "gpt-6.2-sol": withLongPrompt(sol61),
    "gpt-6.1-sol": withLongPrompt(sol61),
    "gpt-6.1-terra": withLongPrompt(rates(1, 5, { read: 0.05, write: 1.25 })),
    "gpt-6-astra": withLongPrompt(rates(10, 50, { read: 1, write: 12.5 })),
    "gpt-6-sol": withLongPrompt(sol6),
    "gpt-6-luna": withLongPrompt(rates(0.1, 0.5, { read: 0.01, write: 0.125 })),
    "gpt-5.6-sol": withLongPrompt(rates(4, 20, { read: 0.4, write: 5 })),
    "gpt-5.6-terra": withLongPrompt(rates(2, 12, { read: 0.2, write: 2.5 })),
    "gpt-5.6-luna": withLongPrompt(rates(0.2, 1.2, { read: 0.02, write: 0.25 })),
    "gpt-5.5": withLongPrompt(rates(5, 30, { read: 0.5, write: 5 })),
  },
  webSearchUsd: 0.01,
  fastMultiplier: 2,
  usOnlyMultiplier: 1.1,
};
