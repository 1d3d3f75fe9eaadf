import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands between a process and a server, and cuts a connection after so many bytes. */
export interface TearingProxy {
  readonly port: number;
  /** Once: the connection that brings the bytes of one direction, counted from now over all connections, to this number ends there, with nothing more passed on. */
  tearAfter(bytes: number, direction: "to the server" | "from the server"): void;
  /** Whether the last tear has happened. */
  isTorn(): boolean;
  close(): Promise<void>;
}

export async function openTearingProxy(targetPort: number): Promise<TearingProxy> {
  let left = Number.POSITIVE_INFINITY;
  let torn: "to the server" | "from the server" = "to the server";
  const sockets = new Set<Socket>();

  function pass(from: Socket, to: Socket, direction: typeof torn): void {
    from.on("data", (chunk: Buffer) => {
      if (direction !== torn || left === Number.POSITIVE_INFINITY) return void to.write(chunk);
      if (chunk.length < left) {
        left -= chunk.length;
        return void to.write(chunk);
      }
      const last = chunk.subarray(0, left);
      left = Number.POSITIVE_INFINITY;
      // The bytes before the cut arrive; then both ends see a reset.
      to.write(last, () => {
        from.resetAndDestroy();
        to.destroy();
      });
    });
  }

  const server = createServer((near) => {
    const far = connect({ host: "127.0.0.1", port: targetPort });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    pass(near, far, "to the server");
    pass(far, near, "from the server");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    tearAfter(bytes, direction) {
      left = bytes;
      torn = direction;
    },
    isTorn: () => left === Number.POSITIVE_INFINITY,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
