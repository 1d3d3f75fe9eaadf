import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { openAiPrices } from "../../../adapters/openai/built-in-prices.js";
import { createOpenAiGateway } from "../../../adapters/openai/gateway.js";
import { describeModelGateway, type ModelBehaviour } from "../../contract/model-gateway.js";
import { askChat, askResponses, openAiHeaders } from "../../emulators/openai/client.js";
import { startOpenAiEmulator } from "../../emulators/openai/server.js";
import { realClock } from "../../support/stub-clock.js";
import { openAiKey } from "./open-gateway.js";

const words = "word ".repeat(50);

/** The step of the emulator that behaves so. */
const stepOf: Record<ModelBehaviour, object> = {
  whole: { text: "hello" },
  endless: { text: "word ".repeat(20_000), chunkMs: 20 },
  broken: { text: `cut: ${words}` },
  silent: { text: `stall: ${words}` },
};

const forms = [
  { form: "Responses", path: "/openai/v1/responses", ask: askResponses },
  { form: "Chat Completions", path: "/openai/v1/chat/completions", ask: askChat },
] as const;

for (const { form, path: formPath, ask } of forms) {
  describeModelGateway({
    name: `openai, ${form}`,
    async open(limits) {
      const emulator = await startOpenAiEmulator({ apiKeys: [openAiKey] });
      emulator.inject({ fault: { kind: "cut", at: "mid" }, when: ({ prompt }) => prompt.includes("cut:") });
      emulator.inject({ fault: { kind: "stall" }, when: ({ prompt }) => prompt.includes("stall:") });
      const gateway = createOpenAiGateway({
        apiKey: openAiKey,
        baseUrl: emulator.url,
        priceTable: openAiPrices,
        clock: realClock,
        logger: createMemoryLogger(),
        ...limits,
      });
      const models = { allowed: "gpt-6.2-sol", other: "gpt-6-luna" };
      return {
        gateway,
        models,
        reached: () => emulator.requests.length,
        request({ token, behaviour = "whole", model = models.allowed, path = formPath, ...more }) {
          const prompt = `@@[${JSON.stringify(stepOf[behaviour])}]`;
          const { method = "POST", raw = JSON.stringify(ask(prompt, { model, stream: true })), signal } = more;
          return new Request(`http://gateway${path}`, {
            method,
            headers: { ...openAiHeaders(token), "content-length": String(raw.length) },
            ...(method === "POST" && { body: raw }),
            ...(signal && { signal }),
          });
        },
        stop: () => emulator.stop(),
      };
    },
  });
}
