import { expect, test } from "vitest";
import { createMemoryModelGateway } from "../../../adapters/memory/model-gateway.js";
import type { GatewayCaller } from "../../../src/ports/model-gateway.js";

const usage = { model: "m", inputTokens: 3, outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0, usd: 0.01 };

function open(options: { maySpend?: boolean; pieces?: AsyncIterable<string> | string[] } = {}) {
  const { maySpend = true, pieces = ["hel", "lo"] } = options;
  const used: unknown[] = [];
  const bodies: unknown[] = [];
  const gateway = createMemoryModelGateway({
    answer(body) {
      bodies.push(body);
      return { pieces, usage };
    },
  });
  const caller: GatewayCaller = {
    roomId: "r1",
    agent: "mia",
    token: "t1",
    refusal: async () => (maySpend ? undefined : "spent"),
    countCall: async () => undefined,
    reserve: async () => {
      let isSettled = false;
      return {
        settle: async (one) => {
          if (!isSettled) used.push(one);
          isSettled = true;
        },
      };
    },
    allowedContent: async () => ({ models: ["m"], providerAccess: [] }),
    onBlocked: () => {},
  };
  const call = (path = "/v1/messages", token = "t1", method = "POST") => {
    const body = method === "POST" ? { body: JSON.stringify({ model: "m" }) } : {};
    const request = new Request(`http://gateway${path}`, { method, headers: { "x-api-key": token }, ...body });
    return gateway.handle(request, caller);
  };
  return { call, used, bodies };
}

test("an agent with its token is answered and metered", async () => {
  const { call, used, bodies } = open();
  const response = await call();
  expect([response.status, await response.text()]).toEqual([200, "hello"]);
  expect(bodies).toEqual([{ model: "m" }]);
  expect(used).toEqual([usage]);
});

test("other tokens, routes and a used-up budget are refused before the model hears of it", async () => {
  const { call, bodies } = open();
  const refused = [await call("/v1/messages", "t2"), await call("/v1/files"), await call("/v1/messages", "t1", "GET")];
  expect(refused.map(({ status }) => status)).toEqual([403, 403, 403]);
  expect(bodies).toEqual([]);
  const broke = open({ maySpend: false });
  expect((await broke.call()).status).toBe(402);
  expect(broke.bodies).toEqual([]);
});

test("a call that was broken off is metered once, and so is one the model broke off", async () => {
  const { call, used } = open();
  const reader = (await call()).body?.getReader();
  await reader?.read();
  await reader?.cancel();
  expect(used).toEqual([usage]);
  const failing = open({
    pieces: (async function* () {
      yield "hel";
      throw new Error("overloaded");
    })(),
  });
  await expect((await failing.call()).text()).rejects.toThrow();
  expect(failing.used).toEqual([usage]);
});
