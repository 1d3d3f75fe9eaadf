import { Lexer, type MarkedToken, type Token, Tokenizer, type Tokens } from "marked";
import { blockExtensions, type FootnoteRefToken, type FootnoteToken, inlineExtensions } from "./extensions.js";

export type { FootnoteRefToken, FootnoteToken } from "./extensions.js";

/** A part that exceeds a limit, kept as it was written. */
export interface AsWrittenToken {
  type: "asWritten";
  raw: string;
}

/** Every token that the lexer makes. */
export type AnyToken = MarkedToken | FootnoteToken | FootnoteRefToken | AsWrittenToken;

/** Deepest nesting of quotes, items and emphasis that is parsed. */
const maxDepth = 12;
/**
 * Most emphasis marks times characters, summed over all texts of a document. The lexer searches from every mark to the end of
 * its text, so this bounds the cost of a document. A paragraph of 5,000 characters may have 600 marks.
 */
const maxWork = 3_000_000;
/** Most parts (items, quotes and the texts in them) that are parsed in one document: each costs the same, however short it is. */
const maxParts = 4_000;
const costly = /[*_~!]/g;

interface Budget {
  work: number;
  parts: number;
  depth: number;
  isCut: boolean;
}

/**
 * The tokens of a text, by marked's lexer with GitHub's rules and our own footnotes, mathematics and emphasis. `isCut` says
 * that a part exceeds the bounds for depth and work; such a part is one token of its text.
 */
export function lexMarkdown(text: string): { tokens: Token[]; isCut: boolean } {
  const budget: Budget = { work: 0, parts: 0, depth: 0, isCut: false };
  const lexer = new Lexer({
    gfm: true,
    tokenizer: createTokenizer(),
    extensions: { block: blockExtensions, inline: inlineExtensions, renderers: {}, childTokens: {} },
  });
  boundBlocks(lexer, budget);
  boundInlines(lexer, budget);
  return { tokens: lexer.lex(text), isCut: budget.isCut };
}

/** A table's second line needs a colon or a bar. Without this check marked reads all rows before it finds none. */
function createTokenizer(): Tokenizer {
  const tokenizer = new Tokenizer();
  const table = tokenizer.table.bind(tokenizer);
  tokenizer.table = (src) => {
    const from = src.indexOf("\n") + 1;
    if (from === 0) return undefined;
    const to = src.indexOf("\n", from);
    return /[:|]/.test(src.slice(from, to < 0 ? undefined : to)) ? table(src) : undefined;
  };
  return tokenizer;
}

function boundBlocks(lexer: Lexer, budget: Budget): void {
  const blockTokens = lexer.blockTokens.bind(lexer);
  const bounded = (src: string, tokens: Token[] = [], wasCut?: boolean): Token[] => {
    budget.parts += 1;
    if (budget.depth >= maxDepth || budget.parts > maxParts) return asWritten(src, { tokens, budget });
    budget.depth += 1;
    const found = blockTokens(src, tokens as Tokens.Generic[], wasCut);
    budget.depth -= 1;
    return found;
  };
  lexer.blockTokens = bounded as Lexer["blockTokens"];
}

function boundInlines(lexer: Lexer, budget: Budget): void {
  const inlineTokens = lexer.inlineTokens.bind(lexer);
  lexer.inlineTokens = (src, tokens = []) => {
    budget.work += (src.match(costly)?.length ?? 0) * src.length;
    budget.parts += 1;
    if (budget.depth >= maxDepth || budget.work > maxWork || budget.parts > maxParts)
      return asWritten(src, { tokens, budget });
    budget.depth += 1;
    const found = inlineTokens(src, tokens);
    budget.depth -= 1;
    return found;
  };
}

function asWritten(src: string, { tokens, budget }: { tokens: Token[]; budget: Budget }): Token[] {
  budget.isCut = true;
  tokens.push({ type: "asWritten", raw: src });
  return tokens;
}
