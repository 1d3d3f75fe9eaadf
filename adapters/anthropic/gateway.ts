import type { ModelGateway } from "../../src/ports/model-gateway.js";
import { createGateway, type GatewayOptions } from "../kit/gateway/gateway.js";
import { createAnthropicWire, type ModelCredential } from "./wire.js";

/** `baseUrl` is the address of the Messages API; a path before `/v1` is kept. */
export type AnthropicGatewayOptions = ModelCredential & GatewayOptions;

/** The Messages API for agents that hold no key. */
export function createAnthropicGateway(options: AnthropicGatewayOptions): ModelGateway {
  const credential = "apiKey" in options ? { apiKey: options.apiKey } : { oauthToken: options.oauthToken };
  return createGateway(createAnthropicWire(credential), options);
}
