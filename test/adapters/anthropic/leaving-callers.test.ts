import { afterEach, describe, expect, test } from "vitest";
import { textOf } from "../../support/socket-client.js";
import { createStubClock } from "../../support/stub-clock.js";
import { agentHeaders, bodyOf, createServedGateways } from "./served-gateway.js";

const { serve, stop } = createServedGateways();
afterEach(stop);

const messages = "http://agent/v1/messages";

describe("a caller that leaves", () => {
  test.each(["while its body is read", "while it is looked at", "while it waits for its reservation"])(
    "%s costs nothing",
    async (moment) => {
      const { gateway, caller, emulator, used, reserved } = await serve();
      const leave = new AbortController();
      const text = bodyOf('@@[{"text":"hello"}]');
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.enqueue(new TextEncoder().encode(text));
          controller.close();
          if (moment === "while its body is read") leave.abort();
        },
      });
      const request = new Request(messages, {
        method: "POST",
        headers: agentHeaders,
        body: new Response(text).body,
        duplex: "half",
      } as RequestInit);
      // As a socket's request: the signal tells that the client has left, and what came of the body can still be read.
      const asked = Object.defineProperties(request, {
        signal: { value: leave.signal },
        body: { value: body },
      });
      const leaving = {
        ...caller,
        async allowedContent() {
          if (moment === "while it is looked at") leave.abort();
          return caller.allowedContent();
        },
        async reserve(...given: Parameters<typeof caller.reserve>) {
          if (moment === "while it waits for its reservation") leave.abort();
          return caller.reserve(...given);
        },
      };
      await expect(gateway.handle(asked, leaving)).rejects.toThrow();
      expect(emulator.requests.messages()).toHaveLength(0);
      expect([used, reserved]).toEqual([[], []]);
    },
  );

  test("or sends its body too slowly is refused, and nothing more of the body is kept", async () => {
    const clock = createStubClock();
    const { gateway, caller, emulator } = await serve({ clock, gateway: { idleTimeoutMs: 1_000 } });
    let isLetGo = false;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          controller.enqueue(new TextEncoder().encode("{"));
          return new Promise(() => {});
        },
        cancel() {
          isLetGo = true;
        },
      },
      { highWaterMark: 0 },
    );
    const request = new Request(messages, {
      method: "POST",
      headers: agentHeaders,
      body,
      duplex: "half",
    } as RequestInit);
    const answer = gateway.handle(request, caller);
    await expect.poll(() => clock.pending()).toBe(1);
    clock.advance(1_000);
    expect((await answer).status).toBe(504);
    await expect.poll(() => isLetGo).toBe(true);
    expect(emulator.requests.messages()).toHaveLength(0);
  });

  test("does not keep the next one from being answered", async () => {
    const { call, emulator } = await serve();
    const response = await call();
    await textOf(response);
    expect(response.statusCode).toBe(200);
    expect(emulator.requests.messages()).toHaveLength(1);
  });
});
