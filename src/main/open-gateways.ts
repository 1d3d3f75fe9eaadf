import type { GatewayOptions } from "../../adapters/kit/gateway/gateway.js";
import type { PriceTable } from "../../adapters/kit/gateway/prices.js";
import { createSlots } from "../../adapters/kit/slots.js";
import type { Config } from "../config.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { ModelGateway } from "../ports/model-gateway.js";
import { createModelRoutes, type RoutedGateway } from "../runtime/sandbox/model-routes.js";

/** Anthropic's key, or the token of a subscription. */
export type AnthropicCredential = { apiKey: string } | { oauthToken: string };

/** Settings and parts that gateways are made of. */
export interface GatewaysChoice {
  config: Config;
  /** In place of the built-in prices of every provider. */
  prices: PriceTable | undefined;
  clock: Clock;
  logger: Logger;
}

/** Calls of one agent at a time, over all providers. */
const maxCallsPerAgent = 8;
/** Memory for the bodies of calls, over all agents and providers, bytes. */
const bodyBytesInFlight = 128 * 1_024 * 1_024;

/** The credential for Anthropic in the settings; undefined: no such key is set. */
export function anthropicCredentialOf(config: Config): AnthropicCredential | undefined {
  if (config.anthropicApiKey !== undefined) return { apiKey: config.anthropicApiKey };
  return config.claudeCodeOauthToken === undefined ? undefined : { oauthToken: config.claudeCodeOauthToken };
}

/**
 * One gateway to each provider with a credential, on one socket: Anthropic's at its root, OpenAI's under `/openai/`. A provider without a credential has
 * no path. Modules of a provider are loaded only if it is used.
 */
export async function openGateways({ config, prices, clock, logger }: GatewaysChoice): Promise<ModelGateway> {
  const anthropic = anthropicCredentialOf(config);
  const providers = (anthropic ? 1 : 0) + (config.openaiApiKey === undefined ? 0 : 1);
  const limits = {
    slots: createSlots(maxCallsPerAgent),
    idleTimeoutMs: config.modelIdleSeconds * 1_000,
    maxBodyBytesInFlight: bodyBytesInFlight / Math.max(1, providers),
    clock,
    logger,
  };
  const routes: RoutedGateway[] = [];
  if (anthropic) {
    const gateway = await openAnthropic(anthropic, { ...limits, baseUrl: config.anthropicBaseUrl }, prices);
    routes.push({ prefix: "/", gateway });
  }
  if (config.openaiApiKey !== undefined) {
    const gateway = await openOpenAi(config.openaiApiKey, { ...limits, baseUrl: config.openaiBaseUrl }, prices);
    routes.push({ prefix: "/openai/", gateway });
  }
  return createModelRoutes(routes);
}

type Limits = Omit<GatewayOptions, "priceTable">;

async function openAnthropic(
  credential: AnthropicCredential,
  limits: Limits,
  prices: PriceTable | undefined,
): Promise<ModelGateway> {
  const { createAnthropicGateway } = await import("../../adapters/anthropic/gateway.js");
  const { builtInPrices } = await import("../../adapters/anthropic/built-in-prices.js");
  return createAnthropicGateway({ ...credential, ...limits, priceTable: prices ?? builtInPrices });
}

async function openOpenAi(apiKey: string, limits: Limits, prices: PriceTable | undefined): Promise<ModelGateway> {
  const { createOpenAiGateway } = await import("../../adapters/openai/gateway.js");
  const { openAiPrices } = await import("../../adapters/openai/built-in-prices.js");
  return createOpenAiGateway({ apiKey, ...limits, priceTable: prices ?? openAiPrices });
}
