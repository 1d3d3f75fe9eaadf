import { builtInPrices } from "../../../adapters/anthropic/built-in-prices.js";
import { createAnthropicGateway } from "../../../adapters/anthropic/gateway.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { openAiPrices } from "../../../adapters/openai/built-in-prices.js";
import { createOpenAiGateway } from "../../../adapters/openai/gateway.js";
import type { ModelGateway } from "../../../src/ports/model-gateway.js";
import { ask } from "../../emulators/anthropic/client.js";
import { DEFAULT_API_KEY, startAnthropicEmulator } from "../../emulators/anthropic/server.js";
import { askChat, askResponses, openAiHeaders } from "../../emulators/openai/client.js";
import { DEFAULT_OPENAI_KEY, startOpenAiEmulator } from "../../emulators/openai/server.js";
import { realClock } from "../../support/stub-clock.js";

/** The model's answer to each call, in the words that all emulators know. */
export interface ProviderStep {
  text?: string;
  delayMs?: number;
  usage?: { input_tokens?: number; output_tokens?: number };
}

/** A provider behind its gateway; on each of them 1,000 tokens in and 40,000 out cost $1.005. */
export interface OpenedProvider {
  gateway: ModelGateway;
  /** Calls that reached the provider. */
  sent(): number;
  /** Why the provider refused them; undefined: it did not. */
  refusals(): (string | undefined)[];
  stop(): Promise<void>;
}

export interface TestProvider {
  /** Model of the agents. */
  model: string;
  path: string;
  headers(token: string): Record<string, string>;
  body(maxTokens: number, more: object): string;
  open(answer: () => Promise<ProviderStep>): Promise<OpenedProvider>;
}

const anthropic: TestProvider = {
  model: "opus",
  path: "/v1/messages",
  headers: (token) => ({ "x-api-key": token, "anthropic-version": "2023-06-01", "content-type": "application/json" }),
  body: (maxTokens, more) =>
    JSON.stringify(ask("work", { model: "claude-opus-4-5", max_tokens: maxTokens, stream: true, ...more })),
  async open(answer) {
    const upstream = await startAnthropicEmulator({ script: async () => ({ text: "done", ...(await answer()) }) });
    const options = { apiKey: DEFAULT_API_KEY, baseUrl: upstream.url, priceTable: builtInPrices };
    return {
      gateway: createAnthropicGateway({ ...options, clock: realClock, logger: createMemoryLogger() }),
      sent: () => upstream.requests.messages().length,
      refusals: () => upstream.requests.all.map(({ refusal }) => refusal),
      stop: upstream.stop,
    };
  },
};

const openAi: Pick<TestProvider, "model" | "headers" | "open"> = {
  model: "gpt-6.2-sol",
  headers: openAiHeaders,
  async open(answer) {
    const upstream = await startOpenAiEmulator({ script: async () => ({ text: "done", ...(await answer()) }) });
    const rates = { input: 5, output: 25, cacheRead: 0.5, cacheWrite5m: 5, cacheWrite1h: 5 };
    const priceTable = { ...openAiPrices, models: { "gpt-6.2-sol": rates } };
    const options = { apiKey: DEFAULT_OPENAI_KEY, baseUrl: upstream.url, priceTable };
    return {
      gateway: createOpenAiGateway({ ...options, clock: realClock, logger: createMemoryLogger() }),
      sent: () => upstream.requests.length,
      refusals: () => upstream.requests.map(({ refusal }) => refusal),
      stop: upstream.stop,
    };
  },
};

const responses: TestProvider = {
  ...openAi,
  path: "/openai/v1/responses",
  body: (maxTokens, more) =>
    JSON.stringify(askResponses("work", { max_output_tokens: maxTokens, stream: true, ...more })),
};

const chat: TestProvider = {
  ...openAi,
  path: "/openai/v1/chat/completions",
  body: (maxTokens, more) =>
    JSON.stringify(askChat("work", { max_completion_tokens: maxTokens, stream: true, ...more })),
};

/** By the names of their wires. */
export const testProviders = { Messages: anthropic, Responses: responses, "Chat Completions": chat };
