import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Stands between one process and the stream server. An append may be held on its way, as a network or a frozen process would hold it. */
export interface HoldingProxy {
  readonly url: string;
  /** Appends to rooms wait from now on. */
  hold(): void;
  held(): number;
  /** Sends on what was held. */
  release(): void;
  /** Answers to appends that had been held, by status. */
  readonly answers: Map<number, number>;
  close(): Promise<void>;
}

export async function openHoldingProxy(target: () => string): Promise<HoldingProxy> {
  let isHolding = false;
  let waiting: (() => void)[] = [];
  const answers = new Map<number, number>();

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const isHeld = isHolding && incoming.method === "POST" && (incoming.url ?? "").includes("/room/");
    if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve));
    const { method = "GET", headers } = incoming;
    const onward = request(new URL(incoming.url ?? "/", target()), { method, headers });
    outgoing.on("close", () => onward.destroy());
    onward.on("error", () => outgoing.destroy());
    onward.on("response", (response) => {
      const status = response.statusCode ?? 0;
      if (isHeld) answers.set(status, (answers.get(status) ?? 0) + 1);
      outgoing.writeHead(status, response.headers);
      response.pipe(outgoing);
    });
    onward.end(Buffer.concat(chunks));
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
