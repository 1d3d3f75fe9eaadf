import { createHash } from "node:crypto";
import { blocksOf, type CountTokensRequest } from "./request-schema.js";

export interface UsageNumbers {
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly output_tokens: number;
}
export type InputUsage = Omit<UsageNumbers, "output_tokens">;

/** Four characters a token: not the vendor's tokenizer, but it grows with the text and repeats exactly. */
export const tokensOf = (text: string): number => Math.ceil(text.length / 4);

interface Piece {
  readonly text: string;
  readonly isBreakpoint: boolean;
}

const piece = (value: object): Piece => {
  const { cache_control: breakpoint, ...rest } = value as { cache_control?: unknown };
  return { text: JSON.stringify(rest), isBreakpoint: breakpoint != null };
};

/** The prompt in the order the vendor caches it: tools, system, messages. Moving a breakpoint does not change a piece. */
const piecesOf = (body: CountTokensRequest): readonly Piece[] => [
  ...(body.tools ?? []).map(piece),
  ...blocksOf(body.system).map(piece),
  ...body.messages.flatMap((message) =>
    blocksOf(message.content).map((block) => {
      const inner = piece(block);
      return { ...inner, text: `${message.role}:${inner.text}` };
    }),
  ),
];

export const inputTokens = (body: CountTokensRequest): number =>
  piecesOf(body).reduce((sum, item) => sum + tokensOf(item.text), 0);

export interface PromptCache {
  /** Splits the prompt into cached, newly cached and plain tokens, and updates the cache. */
  account(body: CountTokensRequest, credential: string): InputUsage;
}

/**
 * Prompt caching as documented: a prefix that ends at a breakpoint is kept for five minutes after its last use, per account and
 * model; shorter than `minTokens` it is not kept.
 */
export const createPromptCache = (options: { nowMs: () => number; minTokens: number }): PromptCache => {
  const lifetimeMs = 5 * 60_000;
  const expiresAtMs = new Map<string, number>();

  const account = (body: CountTokensRequest, credential: string): InputUsage => {
    const now = options.nowMs();
    const hash = createHash("sha256").update(`${credential}\n${body.model}\n`);
    let total = 0;
    let read = 0;
    let lastBreakpoint = 0;
    for (const item of piecesOf(body)) {
      hash.update(item.text).update("\n");
      total += tokensOf(item.text);
      const key = hash.copy().digest("base64");
      if ((expiresAtMs.get(key) ?? 0) > now) {
        read = total;
        expiresAtMs.set(key, now + lifetimeMs);
      }
      if (!item.isBreakpoint || total < options.minTokens) continue;
      lastBreakpoint = total;
      expiresAtMs.set(key, now + lifetimeMs);
    }
    const created = Math.max(0, lastBreakpoint - read);
    return {
      input_tokens: total - read - created,
      cache_creation_input_tokens: created,
      cache_read_input_tokens: read,
    };
  };

  return { account };
};
