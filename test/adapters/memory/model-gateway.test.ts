import { createMemoryModelGateway, type ModelAnswer } from "../../../adapters/memory/model-gateway.js";
import { describeModelGateway, type ModelBehaviour } from "../../contract/model-gateway.js";
import { realClock } from "../../support/stub-clock.js";

const costs = { outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0, inputTokens: 3, usd: 0.01 };

async function* endless() {
  for (;;) {
    yield "word ";
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function* broken() {
  yield "hel";
  throw new Error("overloaded");
}

async function* silent() {
  yield "hel";
  await new Promise(() => undefined);
}

const piecesOf: Record<ModelBehaviour, () => ModelAnswer["pieces"]> = {
  whole: () => ["hel", "lo"],
  endless,
  broken,
  silent,
};

describeModelGateway({
  name: "memory",
  async open(limits) {
    let reached = 0;
    const gateway = createMemoryModelGateway({
      ...limits,
      clock: realClock,
      estimate: ({ model }) => ({ ...costs, model, usd: 1 }),
      answer({ model, behaviour }) {
        reached += 1;
        return { pieces: piecesOf[behaviour as ModelBehaviour](), usage: { ...costs, model } };
      },
    });
    const models = { allowed: "model-a", other: "model-b" };
    return {
      gateway,
      models,
      reached: () => reached,
      request({ token, behaviour = "whole", model = models.allowed, path = "/v1/messages", ...more }) {
        const { method = "POST", raw = JSON.stringify({ model, behaviour }), signal } = more;
        return new Request(`http://gateway${path}`, {
          method,
          headers: { "x-api-key": token },
          ...(method === "POST" && { body: raw }),
          ...(signal && { signal }),
        });
      },
      stop: async () => undefined,
    };
  },
});
