import type { ModelGateway } from "../../src/ports/model-gateway.js";
import { createGateway, type GatewayOptions } from "../kit/gateway/gateway.js";
import { createOpenAiWire } from "./wire.js";

/** `baseUrl` is the address of the API with its `/v1`, as the settings of OpenAI's own clients have it. */
export type OpenAiGatewayOptions = GatewayOptions & { apiKey: string };

/** OpenAI's Responses and Chat Completions for agents that hold no key, under `/openai/v1` of their socket. */
export function createOpenAiGateway(options: OpenAiGatewayOptions): ModelGateway {
  return createGateway(createOpenAiWire(options.apiKey), options);
}
