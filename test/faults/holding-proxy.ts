import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A proxy between one process and a server. Watched requests may be held under way, as by a network or a frozen process. */
export interface HoldingProxy {
  readonly url: string;
  /** Watched requests wait from now on. */
  hold(): void;
  held(): number;
  /** Sends the held requests, also those of a process that is gone. */
  release(): void;
  /** Answers to what had been held, by status. */
  readonly answers: Map<number, number>;
  close(): Promise<void>;
}

/** A watched request. Times are Unix ms. */
export interface WatchedCall {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly arrivedAtMs: number;
  /** Both absent while there is no answer. */
  answeredAtMs?: number;
  status?: number;
}

export interface HoldingProxyOptions {
  /** Default: appends to rooms. */
  watches?: (request: { method: string; path: string }) => boolean;
  onWatched?: (call: WatchedCall) => void;
}

const isAppend = ({ method, path }: { method: string; path: string }) => method === "POST" && path.includes("/room/");

export async function openHoldingProxy(
  target: () => string,
  { watches = isAppend, onWatched }: HoldingProxyOptions = {},
): Promise<HoldingProxy> {
  let isHolding = false;
  let waiting: (() => void)[] = [];
  const answers = new Map<number, number>();

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { method = "GET", headers, url: path = "/" } = incoming;
    const isWatched = watches({ method, path });
    const call: WatchedCall = { method, path, body: isWatched ? body.toString("utf8") : "", arrivedAtMs: Date.now() };
    if (isWatched) onWatched?.(call);
    const isHeld = isHolding && isWatched;
    if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve));
    const onward = request(new URL(path, target()), { method, headers });
    outgoing.on("close", () => isHeld || onward.destroy());
    onward.on("error", () => outgoing.destroy());
    onward.on("response", (response) => {
      const status = response.statusCode ?? 0;
      if (isHeld) answers.set(status, (answers.get(status) ?? 0) + 1);
      Object.assign(call, { status, answeredAtMs: Date.now() });
      if (outgoing.destroyed) return void response.resume();
      outgoing.writeHead(status, response.headers);
      response.pipe(outgoing);
    });
    onward.end(body);
  }

  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: () => {
      isHolding = true;
    },
    held: () => waiting.length,
    release: () => {
      isHolding = false;
      const released = waiting;
      waiting = [];
      for (const go of released) go();
    },
    answers,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
