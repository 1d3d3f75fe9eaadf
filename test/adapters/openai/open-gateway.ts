import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { openAiPrices } from "../../../adapters/openai/built-in-prices.js";
import { createOpenAiGateway, type OpenAiGatewayOptions } from "../../../adapters/openai/gateway.js";
import type { GatewayCaller, ModelGateway } from "../../../src/ports/model-gateway.js";
import { agentToken, callerIn, createFakeRoom, type FakeRoom } from "../../contract/model-gateway-room.js";
import { askResponses, openAiHeaders } from "../../emulators/openai/client.js";
import { type OpenAiEmulator, type OpenAiEmulatorOptions, startOpenAiEmulator } from "../../emulators/openai/server.js";
import { realClock } from "../../support/stub-clock.js";

/** Never may it be seen anywhere but at the emulator. */
export const openAiKey = "sk-proj-canary-9c51e27f3a";

export const responsesPath = "/openai/v1/responses";
export const chatPath = "/openai/v1/chat/completions";

/** A call of an agent. Default: a good one on the Responses wire. */
export interface AgentCall {
  path?: string;
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface OpenedGateway {
  emulator: OpenAiEmulator;
  gateway: ModelGateway;
  room: FakeRoom;
  caller: GatewayCaller & { token: string };
  call(call?: AgentCall): Promise<Response>;
  /** Everything that was logged, as text. */
  logged(): string;
}

/** A body that the model answers with these steps. */
export const steps = (...list: readonly object[]): string => `@@${JSON.stringify(list)}`;

/** Gateways in front of emulators; `stop` ends them all and fails where one showed its key. */
export function createOpenedGateways() {
  const opened: OpenedGateway[] = [];
  return {
    async open(
      options: { gateway?: Partial<OpenAiGatewayOptions>; emulator?: OpenAiEmulatorOptions; models?: string[] } = {},
    ): Promise<OpenedGateway> {
      const emulator = await startOpenAiEmulator({ apiKeys: [openAiKey], ...options.emulator });
      const logger = createMemoryLogger();
      const gateway = createOpenAiGateway({
        apiKey: openAiKey,
        baseUrl: emulator.url,
        priceTable: openAiPrices,
        clock: realClock,
        logger,
        ...options.gateway,
      });
      const room = createFakeRoom(options.models ?? ["gpt-6.2-sol"]);
      const caller = callerIn(room, "mia");
      const call = async ({ path = responsesPath, method = "POST", headers = {}, signal, ...more }: AgentCall = {}) => {
        const { body = askResponses(steps({ text: "hello" })) } = more;
        const text = typeof body === "string" ? body : JSON.stringify(body);
        const request = new Request(`http://gateway${path}`, {
          method,
          headers: { ...openAiHeaders(agentToken), ...headers },
          ...(method === "POST" && { body: text }),
          ...(signal && { signal }),
        });
        return gateway.handle(request, caller);
      };
      const one = { emulator, gateway, room, caller, call, logged: () => JSON.stringify(logger.records) };
      opened.push(one);
      return one;
    },
    async stop(): Promise<void> {
      for (const { emulator, gateway, logged } of opened.splice(0)) {
        const shown = logged() + JSON.stringify(await gateway.check());
        await emulator.stop();
        for (const secret of [openAiKey, agentToken]) {
          if (shown.includes(secret)) throw new Error(`${secret} was logged or shown: ${shown}`);
        }
      }
    },
  };
}
