import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { serve } from "../../src/http/serve.js";
import { realClock } from "../support/stub-clock.js";
import { until } from "../support/until.js";
import { createApi, makeRoom } from "./support/api.js";
import { checkedFetch } from "./support/check-answer.js";
import { readSse } from "./support/sse.js";
import { auth, useServer } from "./support/use-server.js";

const server = useServer();
const { listen } = server;

describe("a server", () => {
  test("streams events over a socket, and notices who goes", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const url = await listen(api);
    const abort = new AbortController();
    const response = await checkedFetch(`${url}${room.path}/events?after=0`, {
      headers: auth(room.viewer),
      signal: abort.signal,
    });
    const sse = readSse(response);
    expect((await sse.nextData())?.data.type).toBe("room.created");
    expect(api.feeds.viewers()).toBe(1);
    const usual = await checkedFetch(`${url}${room.path}`, { headers: auth(room.viewer) });
    const alike = ["Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cache-Control"];
    expect(alike.map((name) => response.headers.get(name))).toEqual(alike.map((name) => usual.headers.get(name)));
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(response.headers.get("X-Request-Id")).toMatch(/^[a-z0-9]{20}$/);
    expect(response.headers.get("Content-Type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("X-Accel-Buffering")).toBe("no");
    abort.abort();
    await until("the viewer is gone", () => api.feeds.viewers() === 0);
    const head = await checkedFetch(`${url}${room.path}/events`, { method: "HEAD", headers: auth(room.viewer) });
    expect([head.status, api.feeds.viewers()]).toEqual([200, 0]);
  });

  test("refuses a body that is too large, also one without a declared length", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const url = await listen(api);
    const chunk = new Uint8Array(16 * 1_024).fill(32);
    const body = new ReadableStream({
      start(controller) {
        for (let n = 0; n < 20; n++) controller.enqueue(chunk);
        controller.close();
      },
    });
    const init = { method: "POST", headers: auth(room.member), body, duplex: "half" } as RequestInit;
    const answer = await checkedFetch(`${url}${room.path}/messages`, init);
    expect([answer.status, await answer.json()]).toEqual([413, expect.objectContaining({ code: "too_large" })]);
  });

  test("counts failed codes by the connection's address", async () => {
    const api = await createApi();
    const url = await listen(api);
    const seen: number[] = [];
    for (let n = 0; n < 11; n++) {
      const headers = { "Content-Type": "application/json", "X-Forwarded-For": `203.0.113.${n}` };
      const init = { method: "POST", headers, body: JSON.stringify({ code: "wrong", name: "eve" }) };
      seen.push((await checkedFetch(`${url}/api/join`, init)).status);
    }
    expect(seen).toEqual([...Array.from({ length: 10 }, () => 404), 429]);
  });

  test("drains: streams end, requests under way are answered, hanging ones are closed in time", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    const url = await listen(api);
    const sse = readSse(await checkedFetch(`${url}${room.path}/events`, { headers: auth(room.viewer) }));
    await sse.next();
    const { version } = (await api.call("GET", room.path, { token: room.viewer })).json;
    const arrived = requestFor("atLeast=");
    const waiting = checkedFetch(`${url}${room.path}?atLeast=${version + 1}`, { headers: auth(room.viewer) });
    const hanging = connect(server.running?.port ?? 0, "127.0.0.1");
    await new Promise<void>((resolve) => hanging.write("GET /api/health HTTP/1.1\r\nHost: x\r\n", () => resolve()));
    hanging.on("error", () => {});
    const hung = new Promise<void>((resolve) => hanging.on("close", () => resolve()));
    await arrived;
    const startMs = performance.now();
    const closing = server.running?.close({ graceMs: 500 });
    expect(await sse.nextData()).toBeUndefined();
    await api.call("POST", `${room.path}/messages`, { token: room.member, body: { body: "x" } });
    expect((await waiting).status).toBe(200);
    await closing;
    await hung;
    expect(performance.now() - startMs).toBeLessThan(10_000);
    await expect(checkedFetch(`${url}/api/health`)).rejects.toThrow();
  });

  test("says so when its address is taken", async () => {
    const api = await createApi();
    await listen(api);
    const second = serve(api.app, {
      host: "127.0.0.1",
      port: server.running?.port ?? 0,
      clock: realClock,
      endStreams: () => {},
    });
    await expect(second).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});

/** Resolves when a server of this process has received a request whose address holds this. */
function requestFor(part: string): Promise<void> {
  return new Promise((resolve) => {
    const see = (message: unknown) => {
      if (!(message as { request: IncomingMessage }).request.url?.includes(part)) return;
      unsubscribe("http.server.request.start", see);
      resolve();
    };
    subscribe("http.server.request.start", see);
  });
}
