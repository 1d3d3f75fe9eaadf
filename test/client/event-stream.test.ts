import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { InterruptedError } from "../../src/client/errors.js";
import { followEvents, type WatchItem } from "../../src/client/event-stream.js";
import { createApi } from "../../src/client/http.js";
import { readSse, type SseFrame } from "../../src/client/sse.js";
import { whileTidying } from "../support/tidy-memory.js";

async function* inPieces(text: string, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...places, bytes.length]) {
    yield bytes.subarray(from, to);
    from = to;
  }
}

async function framesOf(chunks: AsyncIterable<Uint8Array>): Promise<(SseFrame | undefined)[]> {
  const frames: (SseFrame | undefined)[] = [];
  for await (const frame of readSse(chunks)) frames.push(frame);
  return frames;
}

describe("server-sent events", () => {
  test("are the same however their bytes are cut", async () => {
    const text =
      ': hi\n\nid: 1.0\ndata: {"a":"漢"}\n\ndata: one\r\ndata: two\r\n\r\nevent: x\nid:2\ndata:y\n\ndata: unfinished';
    const whole = await framesOf(inPieces(text, []));
    expect(whole).toEqual([undefined, { id: "1.0", data: '{"a":"漢"}' }, { data: "one\ntwo" }, { id: "2", data: "y" }]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 30 }), async (cuts) => {
        expect(await framesOf(inPieces(text, cuts))).toEqual(whole);
      }),
    );
  });

  test("a frame without end is refused, not kept", async () => {
    const endless = async function* () {
      for (;;) yield new Uint8Array(1_048_576).fill(120);
    };
    await expect(framesOf(endless())).rejects.toThrow("too long");
  });
});

/** Handles one connection: gets the request and answers freely. */
type Script = (response: ServerResponse, request: IncomingMessage) => void;

let server: Server | undefined;
const stopping = new AbortController();

/** A server that plays one script a connection. `asked`: the address of each request and its `Last-Event-ID`. */
async function serve(scripts: Script[]): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers["last-event-id"]}`);
    const script = scripts.shift();
    if (script) script(response, request);
    else stream(response);
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

function stream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
}

const frame = (version: number, index = 0, type = "notice.posted") =>
  `id: ${version}.${index}\ndata: ${JSON.stringify({ version, index, at: 1, type })}\n\n`;

const says =
  (...texts: string[]): Script =>
  (response) => {
    stream(response);
    response.write(texts.join(""));
    setTimeout(() => response.destroy(), 20);
  };

const refuses =
  (status: number, code: string, headers: Record<string, string> = {}): Script =>
  (response) => {
    response.writeHead(status, { "content-type": "application/problem+json", ...headers });
    response.end(JSON.stringify({ status, code, detail: code }));
  };

interface Watching {
  until: (item: WatchItem) => boolean;
  silenceMs?: number;
  signal?: AbortSignal;
  activity?: boolean;
}

async function watched(
  url: string,
  { until, silenceMs = 5_000, signal = stopping.signal, activity = false }: Watching,
) {
  const items: WatchItem[] = [];
  const following = followEvents({
    connect: async () => createApi({ url, token: "t", signal }),
    path: "/events",
    after: { version: 4 },
    activity,
    signal,
    timing: { retryMs: 5, maxRetryMs: 20, silenceMs },
  });
  for await (const item of following) {
    items.push(item);
    if (until(item)) return items;
  }
  return items;
}

const isVersion = (version: number) => (item: WatchItem) => item.kind === "event" && item.event.version === version;
const seen = (items: readonly WatchItem[]) =>
  items.map((item) => (item.kind === "event" ? `${item.event.version}.${item.event.index}` : item.kind));

describe("following a room", () => {
  test("continues after the last event seen, and shows nothing twice when a server sends it again", async () => {
    const { url, asked } = await serve([
      says(frame(5), frame(6), frame(6, 1), 'id: 7.0\ndata: {"version":7,"ind'),
      says(frame(6), frame(6, 1), frame(6, 2), frame(7)),
      says(frame(7), frame(8)),
    ]);
    const items = await watched(url, { until: isVersion(8) });
    expect(seen(items)).toEqual(["5.0", "6.0", "6.1", "lost", "resumed", "6.2", "7.0", "lost", "resumed", "8.0"]);
    expect(asked).toEqual(["/events 4", "/events 6.1", "/events 7.0"]);
  });

  test("resumes with Last-Event-ID where activity is asked for too, and activity moves no cursor", async () => {
    const { url, asked } = await serve([
      says(frame(5), 'data: {"type":"activity.text","agent":"coder"}\n\n'),
      says(frame(6)),
    ]);
    const items = await watched(url, { until: isVersion(6), activity: true });
    expect(seen(items)).toEqual(["5.0", "activity", "lost", "resumed", "6.0"]);
    expect(asked).toEqual(["/events?activity=1 4", "/events?activity=1 5.0"]);
  });

  test("says once that the server is gone, however often it is tried", async () => {
    const sick = refuses(503, "unavailable");
    const { url } = await serve([says(frame(5)), sick, sick, (response) => response.destroy(), says(frame(6))]);
    const items = await watched(url, { until: isVersion(6) });
    expect(seen(items)).toEqual(["5.0", "lost", "resumed", "6.0"]);
  });

  test("ends when the server refuses for good", async () => {
    const { url } = await serve([says(frame(5)), refuses(401, "unauthorized")]);
    await expect(watched(url, { until: isVersion(6) })).rejects.toMatchObject({ problem: { status: 401 } });
  });

  test("tries the first connection again too: the room was seen just before", async () => {
    const { url, asked } = await serve([refuses(503, "unavailable"), says(frame(5))]);
    expect(seen(await watched(url, { until: isVersion(5) }))).toEqual(["lost", "resumed", "5.0"]);
    expect(asked).toEqual(["/events 4", "/events 4"]);
  });

  test("takes a connection that has gone silent for dead", async () => {
    const { url } = await serve([
      (response) => {
        stream(response);
        response.write(frame(5));
      },
      says(frame(6)),
    ]);
    const items = await whileTidying(() => watched(url, { until: isVersion(6), silenceMs: 1_000 }));
    expect(seen(items)).toEqual(["5.0", "lost", "resumed", "6.0"]);
  });

  test("takes a connection that never says anything for dead", async () => {
    const { url } = await serve([stream, says(frame(5))]);
    const items = await whileTidying(() => watched(url, { until: isVersion(5), silenceMs: 1_000 }));
    expect(seen(items)).toEqual(["lost", "resumed", "5.0"]);
  });

  test("ends at once when it is interrupted, however long it had nothing to show", async () => {
    const interrupted = new AbortController();
    const { url } = await serve([stream]);
    const watching = watched(url, { until: () => false, signal: interrupted.signal });
    setTimeout(() => interrupted.abort(), 200);
    await whileTidying(() => expect(watching).rejects.toThrow(InterruptedError));
  });

  test("passes over frames that are not events", async () => {
    const { url } = await serve([
      says("data: nonsense\n\n", "data: 3\n\n", ": beat\n\n", 'data: {"type":"x"}\n\n', frame(5)),
    ]);
    expect(seen(await watched(url, { until: isVersion(5) }))).toEqual(["5.0"]);
  });

  test("waits as long as the server asks before it tries again", async () => {
    const { url } = await serve([says(frame(5)), refuses(429, "rate_limited", { "retry-after": "1" }), says(frame(6))]);
    const startedAt = performance.now();
    await watched(url, { until: isVersion(6) });
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });
});

test("the place of an event is the id of its frame: a block of an agent's stream has an index of its own", async () => {
  const block = (index: number) => JSON.stringify({ version: 3, index, at: 1, actor: "coder", type: "block" });
  const { url } = await serve([
    (response) => {
      stream(response);
      response.write(`id: 3.0\ndata: ${block(1)}\n\nid: 3.1\ndata: ${block(0)}\n\n`);
    },
  ]);
  const signal = new AbortController().signal;
  const connect = async () => createApi({ url, signal });
  const items = followEvents({ connect, path: "/events", after: { version: 0 }, activity: false, signal });
  const seen = [(await items.next()).value, (await items.next()).value];
  await items.return(undefined);
  expect(seen).toMatchObject([{ event: { index: 1 } }, { event: { index: 0 } }]);
});
