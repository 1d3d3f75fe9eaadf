import { expect, test } from "vitest";
import type { ModelGateway } from "../../../src/ports/model-gateway.js";
import { createModelRoutes } from "../../../src/runtime/sandbox/model-routes.js";
import { callerIn, createFakeRoom } from "../../contract/model-gateway-room.js";

const caller = callerIn(createFakeRoom([]), "mia");
const gatewayOf = (name: string, detail?: string): ModelGateway => ({
  handle: async () => new Response(name),
  check: async () => (detail === undefined ? { ok: true } : { ok: false, detail }),
});
const ask = async (routes: ModelGateway, path: string) =>
  (await routes.handle(new Request(`http://gateway${path}`), caller)).text();

test("a request goes to the gateway with the longest prefix of its path", async () => {
  const routes = createModelRoutes([
    { prefix: "/", gateway: gatewayOf("anthropic") },
    { prefix: "/openai/", gateway: gatewayOf("openai") },
  ]);
  expect(await ask(routes, "/v1/messages")).toBe("anthropic");
  expect(await ask(routes, "/openai/v1/responses")).toBe("openai");
  expect(await ask(routes, "/openai")).toBe("anthropic");
  expect(await ask(routes, "/openai/../v1/messages")).toBe("anthropic");
  expect(await ask(routes, "/v1/../openai/v1/models")).toBe("openai");
});

test("a path of no provider is refused in a form that every client can read", async () => {
  const routes = createModelRoutes([{ prefix: "/openai/", gateway: gatewayOf("openai") }]);
  const response = await routes.handle(new Request("http://gateway/v1/messages"), caller);
  expect([response.status, response.headers.get("x-should-retry")]).toEqual([403, "false"]);
  expect(await response.json()).toMatchObject({
    type: "error",
    error: { message: expect.stringContaining("no provider") },
  });
});

test("every provider that fails is named", async () => {
  const routes = (...details: (string | undefined)[]) =>
    createModelRoutes(details.map((detail, index) => ({ prefix: `/${index}/`, gateway: gatewayOf("a", detail) })));
  expect(await routes(undefined, undefined).check()).toEqual({ ok: true });
  expect(await routes("A fails.", undefined, "B fails.").check()).toEqual({ ok: false, detail: "A fails. B fails." });
});
