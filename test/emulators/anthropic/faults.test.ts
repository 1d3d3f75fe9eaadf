import { afterEach, describe, expect, test } from "vitest";
import { ask, createEmulators, post, reply, says, stream } from "./client.js";

const { start, stop } = createEmulators();
afterEach(stop);

describe("a fault", () => {
  test.each([
    [400, "invalid_request_error"],
    [401, "authentication_error"],
    [402, "billing_error"],
    [403, "permission_error"],
    [404, "not_found_error"],
    [413, "request_too_large"],
    [429, "rate_limit_error"],
    [500, "api_error"],
    [529, "overloaded_error"],
  ] as const)("of status %i has the error type %s and hits once", async (status, type) => {
    const emulator = await start({ script: says("fine") });
    emulator.inject({ fault: { kind: "status", status, retryAfterS: 3, shouldRetry: false } });
    const response = await post({ url: emulator.url, body: ask("hi") });
    expect([response.status, (await reply(response)).error?.type]).toEqual([status, type]);
    expect(response.headers.get("retry-after")).toBe("3");
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect((await post({ url: emulator.url, body: ask("hi") })).status).toBe(200);
    expect(emulator.requests.all.map((record) => record.outcome)).toEqual(["faulted", "completed"]);
  });

  const long = "word ".repeat(100);
  const readUntilCut = async (response: Response): Promise<{ received: string; failed: boolean }> => {
    const decoder = new TextDecoder();
    let received = "";
    try {
      for await (const chunk of response.body ?? []) received += decoder.decode(chunk as Uint8Array, { stream: true });
    } catch {
      return { received, failed: true };
    }
    return { received, failed: false };
  };

  test.each(["mid", "reset"] as const)("cuts the stream: %s", async (at) => {
    const emulator = await start({ script: says(long) });
    emulator.inject({ fault: { kind: "cut", at } });
    const { received, failed } = await readUntilCut(
      await post({ url: emulator.url, body: ask("hi", { stream: true }) }),
    );
    expect(failed).toBe(true);
    expect(received).toContain("content_block_delta");
    expect(received).not.toContain("message_stop");
  });

  test("cuts before the first event, which costs nothing", async () => {
    const emulator = await start({ script: says(long) });
    emulator.inject({ fault: { kind: "cut", at: "start" } });
    const cut = await readUntilCut(await post({ url: emulator.url, body: ask("hi", { stream: true }) }));
    expect(cut).toEqual({ received: "", failed: true });
    expect(emulator.requests.all[0]?.usage).toBeUndefined();
  });

  test.each([
    { kind: "cut", at: "start" },
    { kind: "cut", at: "mid" },
    { kind: "cut", at: "reset" },
  ] as const)("breaks off an answer that is not streamed, too: $at", async (fault) => {
    const emulator = await start({ script: says(long) });
    emulator.inject({ fault });
    const { received, failed } = await readUntilCut(await post({ url: emulator.url, body: ask("hi") }));
    expect(failed).toBe(true);
    expect(received.length > 0).toBe(fault.at !== "start");
    expect(() => JSON.parse(received)).toThrow();
  });

  test("an SSE error of an answer that is not streamed is its status", async () => {
    const emulator = await start({ script: says(long) });
    emulator.inject({ fault: { kind: "sse-error", error: "overloaded_error" } });
    expect((await post({ url: emulator.url, body: ask("hi") })).status).toBe(529);
  });

  test("sends an SSE error after half of the answer", async () => {
    const { url } = await start();
    const events = await stream(url, ask('@@[{"sseError":"overloaded_error"},{"text":"and on it goes"}]'));
    expect(events.at(-1)).toMatchObject({ event: "error", data: { error: { type: "overloaded_error" } } });
    expect(events.map((event) => event.event)).not.toContain("message_stop");
  });

  test("stalls until the client hangs up, and the record says so", async () => {
    const emulator = await start({ script: says(long) });
    emulator.inject({ fault: { kind: "stall" } });
    const client = new AbortController();
    const response = await post({ url: emulator.url, body: ask("hi", { stream: true }), signal: client.signal });
    const reading = readUntilCut(response);
    const record = await emulator.requests.until((entry) => entry.input !== undefined);
    expect(record.outcome).toBeUndefined();
    client.abort();
    expect((await reading).received).not.toContain("message_stop");
    await emulator.requests.until((entry) => entry.outcome === "faulted");
  });

  test("a client that leaves a slow answer is recorded as aborted", async () => {
    const emulator = await start({ script: says(long) });
    emulator.inject({ fault: { kind: "slow", chunkMs: 60_000 } });
    const client = new AbortController();
    const response = await post({ url: emulator.url, body: ask("hi", { stream: true }), signal: client.signal });
    const reading = readUntilCut(response);
    client.abort();
    expect((await reading).failed).toBe(true);
    const { usage } = await emulator.requests.until((entry) => entry.outcome === "aborted");
    expect(usage).toMatchObject({ input_tokens: expect.any(Number), output_tokens: expect.any(Number) });
  });

  test("in the prompt fails the next answer as often as it says, then the answer comes", async () => {
    const { url } = await start();
    const body = ask('@@[{"status":529,"times":2},{"status":429,"retryAfterS":1},{"text":"at last"}]');
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) statuses.push((await post({ url, body })).status);
    expect(statuses).toEqual([529, 529, 429, 200]);
  });

  test("hits only the requests it is meant for", async () => {
    const emulator = await start({ script: says("fine") });
    emulator.inject({ fault: { kind: "status", status: 500 }, when: (input) => input.prompt === "mine" });
    expect((await post({ url: emulator.url, body: ask("yours") })).status).toBe(200);
    expect((await post({ url: emulator.url, body: ask("mine") })).status).toBe(500);
  });

  test("a script in the prompt that is not valid is refused with the reason", async () => {
    const { url } = await start();
    const response = await post({ url, body: ask('@@[{"txet":"hi"}]') });
    expect([response.status, (await reply(response)).error?.message]).toEqual([400, expect.stringContaining("txet")]);
  });
});
