import { builtInPrices } from "../../../adapters/anthropic/built-in-prices.js";
import { createAnthropicGateway } from "../../../adapters/anthropic/gateway.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { describeModelGateway, type ModelBehaviour } from "../../contract/model-gateway.js";
import { startAnthropicEmulator } from "../../emulators/anthropic/server.js";
import { realClock } from "../../support/stub-clock.js";
import { agentHeaders, bodyOf, canaryKey } from "./served-gateway.js";

const words = "word ".repeat(50);

/** The step of the emulator that behaves so. */
const stepOf: Record<ModelBehaviour, object> = {
  whole: { text: "hello" },
  endless: { text: "word ".repeat(20_000), chunkMs: 20 },
  broken: { text: `cut: ${words}` },
  silent: { text: `stall: ${words}` },
};

describeModelGateway({
  name: "anthropic",
  async open(limits) {
    const emulator = await startAnthropicEmulator({ apiKeys: [canaryKey] });
    emulator.inject({ fault: { kind: "cut", at: "mid" }, when: ({ prompt }) => prompt.includes("cut:") });
    emulator.inject({ fault: { kind: "stall" }, when: ({ prompt }) => prompt.includes("stall:") });
    const gateway = createAnthropicGateway({
      apiKey: canaryKey,
      baseUrl: emulator.url,
      priceTable: builtInPrices,
      clock: realClock,
      logger: createMemoryLogger(),
      ...limits,
    });
    const models = { allowed: "claude-opus-5-5", other: "claude-haiku-5-5" };
    return {
      gateway,
      models,
      reached: () => emulator.requests.all.length,
      request({ token, behaviour = "whole", model = models.allowed, path = "/v1/messages", ...more }) {
        const { method = "POST", raw = bodyOf(`@@[${JSON.stringify(stepOf[behaviour])}]`, { model }), signal } = more;
        return new Request(`http://gateway${path}`, {
          method,
          headers: { ...agentHeaders, "x-api-key": token, "content-length": String(raw.length) },
          ...(method === "POST" && { body: raw }),
          ...(signal && { signal }),
        });
      },
      stop: () => emulator.stop(),
    };
  },
});
