import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { textOf } from "../../support/socket-client.js";
import { bodyOf, createServedGateways, type ServedGateway } from "./served-gateway.js";

const { serve, stop } = createServedGateways();
afterEach(stop);

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

describe("what it cost", () => {
  const longPrompt = (cached: boolean) => [
    { type: "text", text: "x".repeat(8_000), ...(cached && { cache_control: { type: "ephemeral" } }) },
  ];

  test.each([true, false])("is the provider's own count, cache included (stream: %s)", async (stream) => {
    const gateway = await serve();
    const body = bodyOf('@@[{"text":"a word or two, and some more"}]', { system: longPrompt(true), stream });
    for (let turn = 0; turn < 2; turn++) {
      await textOf(await gateway.call({ body }));
      expect(gateway.used.at(-1)).toMatchObject({ ...accountOf(gateway), model: "claude-opus-5-5" });
    }
    const [written, read] = gateway.used;
    expect(written?.cacheWriteTokens).toBeGreaterThan(1_000);
    expect(read?.cacheReadTokens).toBe(written?.cacheWriteTokens);
    expect(gateway.used).toHaveLength(2);
    // Four dollars a million in, twenty out, five to write to the cache, twenty cents to read from it.
    const { inputTokens = 0, outputTokens = 0, cacheWriteTokens = 0 } = written ?? {};
    expect(written?.usd).toBeCloseTo((inputTokens * 4 + outputTokens * 20 + cacheWriteTokens * 5) / 1e6, 12);
    expect(read?.usd).toBeLessThan((written?.usd ?? 0) / 5);
    expect(gateway.logged()).toContain("model call");
  });

  test("is the provider's final count, not an estimate from the text", async () => {
    const gateway = await serve();
    const body = bodyOf(`@@[{"text":"${"word ".repeat(50)}","usage":{"output_tokens":3}}]`);
    await textOf(await gateway.call({ body }));
    expect(gateway.used).toMatchObject([{ outputTokens: 3 }]);
  });

  test("counts when the caller hangs up: the input, and the received output with a margin", async () => {
    const gateway = await serve();
    const words = "word ".repeat(2_000);
    const leave = new AbortController();
    const body = bodyOf(`@@[{"text":"${words}","chunkMs":20}]`);
    const response = await gateway.call({ body, signal: leave.signal });
    let heard = 0;
    for await (const chunk of response) {
      heard += (chunk as Buffer).toString().split("text_delta").length - 1;
      if (heard >= 5) break;
    }
    leave.abort();
    const record = await gateway.emulator.requests.until(({ outcome }) => outcome === "aborted");
    await expect.poll(() => gateway.used.length).toBe(1);
    const whole = record.usage?.output_tokens ?? 0;
    expect(gateway.used[0]).toMatchObject({ ...accountOf(gateway), outputTokens: expect.any(Number) });
    // Twenty characters a piece, four a token; half as much again and 256 more.
    expect(gateway.used[0]?.outputTokens).toBeGreaterThanOrEqual(heard * 5 * 1.5 + 256);
    expect(gateway.used[0]?.outputTokens).toBeLessThan(whole);
  });

  test("is the maximum cost of the call when the caller hangs up before the first byte", async () => {
    const gateway = await serve();
    const leave = new AbortController();
    const calling = gateway.call({ body: bodyOf('@@[{"text":"late","delayMs":60000}]'), signal: leave.signal });
    const outcome = calling.catch((error: Error) => error.name);
    await gateway.emulator.requests.until(({ input }) => input !== undefined);
    leave.abort();
    expect(await outcome).toBe("AbortError");
    await gateway.emulator.requests.until(({ outcome }) => outcome === "aborted");
    await expect.poll(() => gateway.used.length).toBe(1);
    expect(gateway.used[0]?.inputTokens).toBeGreaterThanOrEqual(accountOf(gateway).inputTokens ?? Number.NaN);
    expect(gateway.used[0]?.outputTokens).toBe(1_000);
    expect(gateway.reserved).toEqual([]);
  });

  test("is the maximum cost of the call if the answer has no count", async () => {
    const silent = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ id: "msg_1", model: "nousage", content: [] }));
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const gateway = await serve({ gateway: { baseUrl: `http://127.0.0.1:${port}` } });
    await textOf(await gateway.call({ body: bodyOf("hello", { stream: false, max_tokens: 64_000 }) }));
    silent.close();
    expect(gateway.used).toMatchObject([{ model: "claude-opus-5-5", outputTokens: 64_000 }]);
    // Twenty dollars a million tokens of output.
    expect(gateway.used[0]?.usd).toBeGreaterThan(1.28);
  });

  test("counts a broken answer up to its end, and a failed call not at all", async () => {
    const gateway = await serve();
    gateway.emulator.inject({ fault: { kind: "cut", at: "reset" } });
    const response = await gateway.call({ body: bodyOf(`@@[{"text":"${"word ".repeat(50)}"}]`) });
    await expect(textOf(response)).rejects.toThrow();
    await expect.poll(() => gateway.used.length).toBe(1);
    expect(gateway.used[0]?.inputTokens).toBe(accountOf(gateway).inputTokens);
    gateway.emulator.inject({ fault: { kind: "status", status: 500 } });
    expect((await gateway.call()).statusCode).toBe(500);
    await gateway.emulator.stop();
    expect((await gateway.call()).statusCode).toBe(502);
    expect(gateway.used).toHaveLength(1);
    expect(await gateway.gateway.check()).toMatchObject({ ok: false, detail: expect.stringContaining("ECONNREFUSED") });
  });
});
