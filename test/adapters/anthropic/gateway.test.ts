import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { parseEvents } from "../../emulators/anthropic/client.js";
import { textOf } from "../../support/socket-client.js";
import {
  agentHeaders,
  agentToken,
  bodyOf,
  canaryKey,
  canaryOauthToken,
  createServedGateways,
  type ServedGateway,
} from "./served-gateway.js";

const { serve, stop } = createServedGateways();
const closing: (() => void)[] = [];
afterEach(async () => {
  await stop();
  for (const close of closing.splice(0)) close();
});

const errorOf = async (response: Awaited<ReturnType<ServedGateway["call"]>>) => {
  const text = await textOf(response);
  expect(text).not.toContain(canaryKey);
  return JSON.parse(text) as { type: string; error: { type: string; message: string } };
};
/** Numbers of the emulator's own account, as the gateway names them. */
const accountOf = (gateway: ServedGateway) => {
  const usage = gateway.emulator.requests.messages().at(-1)?.usage;
  return {
    inputTokens: usage?.input_tokens,
    outputTokens: usage?.output_tokens,
    cacheReadTokens: usage?.cache_read_input_tokens,
    cacheWriteTokens: usage?.cache_creation_input_tokens,
  };
};

describe("the key", () => {
  test("takes the place of the agent's token, and nothing else changes", async () => {
    const gateway = await serve();
    const headers = { ...agentHeaders, "anthropic-beta": "context-1m-2025-08-07,effort-2025-11-24", cookie: "a=b" };
    const response = await gateway.call({ headers });
    expect(response.statusCode).toBe(200);
    const [first] = parseEvents(await textOf(response));
    expect(first?.event).toBe("message_start");
    const seen = gateway.emulator.requests.messages()[0];
    expect(seen).toMatchObject({
      path: "/v1/messages",
      query: "beta=true",
      credential: { kind: "x-api-key", value: canaryKey },
      headers: { "anthropic-version": "2023-06-01", "anthropic-beta": headers["anthropic-beta"] },
    });
    expect(seen?.headers.cookie).toBeUndefined();
    expect(JSON.stringify(seen)).not.toContain(agentToken);
    expect(response.headers["request-id"]).toMatch(/^req_/);
  });

  test("is a subscription's token where that is set, with the beta it needs", async () => {
    const gateway = await serve({ oauth: true });
    const headers = { ...agentHeaders, "anthropic-beta": "effort-2025-11-24" };
    expect((await gateway.call({ headers })).statusCode).toBe(200);
    expect((await gateway.call()).statusCode).toBe(200);
    const seen = gateway.emulator.requests.messages();
    expect(seen.map(({ credential }) => credential)).toEqual([
      { kind: "bearer", value: canaryOauthToken },
      { kind: "bearer", value: canaryOauthToken },
    ]);
    const betas = seen.map((record) => record.headers["anthropic-beta"]);
    expect(betas).toEqual(["effort-2025-11-24,oauth-2025-04-20", "oauth-2025-04-20"]);
    expect(seen[0]?.headers["x-api-key"]).toBeUndefined();
  });

  test("a refusal by the provider is reported to the operator alone", async () => {
    const gateway = await serve();
    gateway.emulator.revoke(canaryKey);
    const response = await gateway.call();
    expect([response.statusCode, response.headers["x-should-retry"]]).toEqual([403, "false"]);
    expect((await errorOf(response)).error).toMatchObject({
      type: "permission_error",
      message: expect.stringContaining("ANTHROPIC_API_KEY"),
    });
    expect(await gateway.gateway.check()).toMatchObject({ ok: false, detail: expect.stringContaining("401") });
    expect(gateway.used).toEqual([]);
  });

  test("is taken out of an error that repeats it, and follows no redirection", async () => {
    const elsewhere: string[] = [];
    let status = 400;
    const strange = createServer((request, response) => {
      elsewhere.push(request.url ?? "");
      response.writeHead(status, { "content-type": "application/json", location: "/stolen" });
      response.end(JSON.stringify({ error: `bad: ${JSON.stringify(request.headers)}` }));
    });
    await new Promise<void>((resolve) => strange.listen(0, "127.0.0.1", resolve));
    closing.push(() => strange.close());
    const { port } = strange.address() as AddressInfo;
    const gateway = await serve({ gateway: { baseUrl: `http://127.0.0.1:${port}/behind/` } });
    const repeated = await textOf(await gateway.call());
    expect(repeated).toContain("[removed]");
    expect(repeated).not.toContain(canaryKey);
    for (status of [302, 307]) {
      const response = await gateway.call();
      expect(response.statusCode).toBe(502);
      expect((await errorOf(response)).error.message).toContain("redirection");
    }
    expect(new Set(elsewhere)).toEqual(new Set(["/behind/v1/messages?beta=true"]));
  });
});

describe("an upstream that repeats the key", () => {
  /** Echoes its input with other escapes, in pieces of a few bytes. */
  async function startParrot(status: number, type: string) {
    const parrot = createServer(async (request, response) => {
      const key = String(request.headers["x-api-key"]);
      const spellings = [key, [...key].join(" "), [...key].reverse().join(""), Buffer.from(key).toString("base64url")];
      const text = [...spellings, Buffer.from(key).toString("hex")].map((spelling) => `data: ${spelling}\n\n`).join("");
      response.writeHead(status, { "content-type": type, "request-id": key });
      for (let at = 0; at < text.length; at += 7) {
        response.write(text.slice(at, at + 7));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    await new Promise<void>((resolve) => parrot.listen(0, "127.0.0.1", resolve));
    closing.push(() => parrot.close());
    return `http://127.0.0.1:${(parrot.address() as AddressInfo).port}`;
  }

  test.each([
    [200, "text/event-stream"],
    [200, "application/json"],
    [400, "application/json"],
  ])("does not get it to the agent, however it is spelled: %s %s", async (status, type) => {
    const gateway = await serve({ gateway: { baseUrl: await startParrot(status, type) } });
    const response = await gateway.call();
    expect(response.statusCode).toBe(status);
    expect(await textOf(response)).toBe("data: [removed]\n\n".repeat(5));
    expect(response.headers["request-id"]).toBe("[removed]");
  });
});

describe("what is let through", () => {
  test.each([
    ["GET", "/v1/messages"],
    ["POST", "/v1/messages?beta=true&x=1"],
    ["POST", "/v1/messages/batches"],
    ["POST", "/v1/messages/../files"],
    ["POST", "/v1/messages%2fbatches"],
    ["GET", "/v1/models"],
    ["POST", "/v1/complete"],
    ["GET", "/"],
    ["DELETE", "/v1/messages"],
    ["POST", "/api/oauth/token"],
  ])("not %s %s", async (method, path) => {
    const gateway = await serve();
    const response = await gateway.call({ method, path });
    expect(response.statusCode).toBe(403);
    expect((await errorOf(response)).error.type).toBe("permission_error");
    expect(gateway.emulator.requests.all).toEqual([]);
  });

  test("the greeting, answered here", async () => {
    const gateway = await serve();
    for (const [method, path] of [
      ["HEAD", "/"],
      ["HEAD", "/api/hello"],
      ["GET", "/api/hello"],
    ] as const) {
      expect((await gateway.call({ method, path })).statusCode).toBe(200);
    }
    expect(gateway.emulator.requests.all).toEqual([]);
  });

  test("token counts, which cost nothing", async () => {
    const gateway = await serve();
    const { max_tokens: _, stream: __, ...body } = JSON.parse(bodyOf("count me"));
    const response = await gateway.call({ path: "/v1/messages/count_tokens?beta=true", body: JSON.stringify(body) });
    expect(JSON.parse(await textOf(response))).toEqual({ input_tokens: expect.any(Number) });
    expect(gateway.used).toEqual([]);
  });

  test.each<[string, Record<string, string>]>([
    ["none", {}],
    ["another agent's", { "x-api-key": "agt-bob-token" }],
    ["the beginning of it", { "x-api-key": agentToken.slice(0, -1) }],
    ["more than it", { authorization: `Bearer ${agentToken}x` }],
    ["the real key", { "x-api-key": canaryKey }],
    ["letters that are none", { "x-api-key": "ÿ".repeat(64) }],
  ])("no token but the agent's: %s", async (_name, token) => {
    const { "x-api-key": __, ...bare } = agentHeaders;
    const gateway = await serve();
    for (const call of [{}, { method: "HEAD", path: "/" }]) {
      expect((await gateway.call({ headers: { ...bare, ...token }, ...call })).statusCode).toBe(403);
    }
    expect(gateway.emulator.requests.all).toEqual([]);
  });

  test("the agent's token as a bearer too, until it is revoked", async () => {
    const { "x-api-key": __, ...bare } = agentHeaders;
    const headers = { ...bare, authorization: `Bearer ${agentToken}` };
    const gateway = await serve();
    expect((await gateway.call({ headers })).statusCode).toBe(200);
    gateway.caller.token = "";
    expect((await gateway.call({ headers })).statusCode).toBe(403);
    expect((await gateway.call({ headers: { ...bare, "x-api-key": "" } })).statusCode).toBe(403);
  });

  test("nothing beyond the budget: 402, not to be tried again", async () => {
    const gateway = await serve();
    expect((await gateway.call()).statusCode).toBe(200);
    gateway.setBudget(false);
    const response = await gateway.call();
    expect([response.statusCode, response.headers["x-should-retry"]]).toEqual([402, "false"]);
    expect((await errorOf(response)).error).toMatchObject({ type: "billing_error" });
    expect(gateway.emulator.requests.messages()).toHaveLength(1);
  });

  test("a few calls at a time; the budget of queued calls is checked again", async () => {
    const gateway = await serve({ gateway: { maxCallsPerAgent: 2 } });
    const slow = bodyOf('@@[{"text":"one","delayMs":300}]');
    const calls = Array.from({ length: 5 }, () => gateway.call({ body: slow }));
    await gateway.emulator.requests.until(() => gateway.emulator.requests.messages().length === 2);
    gateway.setBudget(false);
    const statuses = await Promise.all(calls.map(async (call) => (await call).statusCode));
    expect(statuses.sort()).toEqual([200, 200, 402, 402, 402]);
  });

  test("no body over 32 MiB", async () => {
    const gateway = await serve();
    const response = await gateway.call({ body: Buffer.alloc(32 * 1_024 * 1_024 + 1, " ") });
    expect([response.statusCode, (await errorOf(response)).error.type]).toEqual([413, "request_too_large"]);
  });
});

describe("what the provider does", () => {
  test.each([
    [429, { "retry-after": "7" }],
    [529, {}],
    [400, {}],
  ] as const)("is passed on: %s", async (status, headers) => {
    const gateway = await serve();
    const retryAfterS = "retry-after" in headers ? { retryAfterS: 7 } : {};
    gateway.emulator.inject({ fault: { kind: "status", status, message: "as the provider words it", ...retryAfterS } });
    const response = await gateway.call();
    expect(response.statusCode).toBe(status);
    expect(response.headers).toMatchObject(headers);
    expect((await errorOf(response)).error.message).toBe("as the provider words it");
    expect(await gateway.gateway.check()).toEqual({ ok: true });
    expect((await gateway.call()).statusCode).toBe(200);
  });

  test("arrives piece by piece", async () => {
    const gateway = await serve();
    const response = await gateway.call({ body: bodyOf(`@@[{"text":"${"word ".repeat(8)}","chunkMs":150}]`) });
    let pieces = 0;
    for await (const _ of response) pieces++;
    expect(pieces).toBeGreaterThanOrEqual(3);
  });

  test("is cut off and metered when it stalls midway", async () => {
    const gateway = await serve({ gateway: { idleTimeoutMs: 200 } });
    gateway.emulator.inject({ fault: { kind: "stall" } });
    const response = await gateway.call({ body: bodyOf(`@@[{"text":"${"word ".repeat(50)}"}]`) });
    await expect(textOf(response)).rejects.toThrow();
    await gateway.emulator.requests.until(({ outcome }) => outcome === "faulted");
    expect(gateway.logged()).toContain('"outcome":"stalled"');
    expect(gateway.used).toMatchObject([{ ...accountOf(gateway), outputTokens: expect.any(Number) }]);
  });

  test("is given up if it does not begin", async () => {
    const gateway = await serve({ gateway: { idleTimeoutMs: 200, answerTimeoutMs: 60_000 } });
    const response = await gateway.call({ body: bodyOf('@@[{"text":"late","delayMs":60000}]') });
    expect([response.statusCode, (await errorOf(response)).error.type]).toEqual([504, "timeout_error"]);
    expect(gateway.used).toHaveLength(1);
  });

  test("is given up after one and a half timeouts, and the next call starts afresh", async () => {
    const gateway = await serve({ gateway: { idleTimeoutMs: 200 } });
    const ask = () => gateway.call({ body: bodyOf('@@[{"text":"a word or two"}]') });
    for (const fault of [{ kind: "stall" }, { kind: "slow", delayMs: 60_000 }] as const)
      gateway.emulator.inject({ fault });
    await expect(textOf(await ask())).rejects.toThrow();
    expect((await ask()).headers["x-should-retry"]).toBe("true");
    const last = await ask();
    expect([last.statusCode, last.headers["x-should-retry"]]).toEqual([504, "false"]);
    expect((await errorOf(last)).error.message).toContain("given up");
    expect(gateway.emulator.requests.messages()).toHaveLength(2);
    expect((await ask()).statusCode).toBe(200);
  });

  test("may take longer to answer in one piece", async () => {
    const gateway = await serve({ gateway: { idleTimeoutMs: 100, answerTimeoutMs: 60_000 } });
    const response = await gateway.call({ body: bodyOf('@@[{"text":"late","delayMs":400}]', { stream: false }) });
    expect(response.statusCode).toBe(200);
  });
});
