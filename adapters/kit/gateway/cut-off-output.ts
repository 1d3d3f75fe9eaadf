/**
 * Output without a count was more than its text shows: the provider continues until it notices the disconnect, and its thinking may be hidden. So a
 * stream that was cut off is billed for half as much again plus a fixed number of tokens, at most the most the call may have.
 */
const marginFactor = 1.5;
const marginTokens = 256;
const bytesPerToken = 4;

/** Tokens billed for a stream that ended before its count came, from the bytes of output that passed, four a token. */
export function billedOutput(passed: { bytes: number; countedTokens?: number | undefined }, maxTokens: number): number {
  const tokens = Math.max(passed.countedTokens ?? 0, Math.ceil(passed.bytes / bytesPerToken));
  return Math.min(Math.ceil(tokens * marginFactor) + marginTokens, maxTokens);
}
