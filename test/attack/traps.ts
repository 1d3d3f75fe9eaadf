import { createServer } from "node:net";
import { networkInterfaces } from "node:os";

/** Listeners on addresses of this machine that no sandbox may reach. */
export interface Traps {
  /** The port, the same on every address. */
  port: number;
  /** Addresses that the traps listen on. */
  addresses: readonly string[];
  /** Connections so far. */
  reached(): number;
  stop(): Promise<void>;
}

/** Listens on loopback (IPv4 and IPv6) and on every other address of the machine. */
export async function openTraps(): Promise<Traps> {
  let reached = 0;
  const listen = (port: number, host: string) =>
    new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
      const server = createServer((socket) => {
        reached += 1;
        socket.on("error", () => {});
        socket.end("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\ntrapped");
      });
      server.once("error", reject).listen(port, host, () => resolve(server));
    });
  const first = await listen(0, "127.0.0.1");
  const address = first.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const others = Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    .map((found) => found.address)
    .filter((one) => one !== "127.0.0.1" && !one.startsWith("fe80"));
  const more = await Promise.all(
    others.map(async (host) => ({ host, server: await listen(port, host).catch(() => undefined) })),
  );
  const open = more.flatMap(({ host, server }) => (server ? [{ host, server }] : []));
  return {
    port,
    addresses: ["127.0.0.1", ...open.map(({ host }) => host)],
    reached: () => reached,
    stop: async () => {
      for (const server of [first, ...open.map(({ server: one }) => one)])
        await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
