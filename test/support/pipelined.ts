import { connect } from "node:net";

export interface PipelinedCalls {
  socketPath: string;
  /** How often the request is sent, all in one write, before any answer is read. */
  count: number;
  path?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

/** Sends the same POST request many times over one connection of a Unix socket; resolves with the status of each answer, in order. */
export function callPipelined(calls: PipelinedCalls): Promise<number[]> {
  const { socketPath, count, path = "/v1/messages", headers = {}, body = "" } = calls;
  const fields = { host: "parley", "content-length": String(Buffer.byteLength(body)), ...headers };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const request = `POST ${path} HTTP/1.1\r\n${head.join("")}\r\n${body}`;
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath, () => socket.write(request.repeat(count)));
    let received = "";
    socket.setEncoding("utf8");
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`closed after ${statusesIn(received).length} of ${count} answers`)));
    socket.on("data", (text: string) => {
      received += text;
      // The head of an answer comes before its body: the last one is whole enough once its status is there.
      if (statusesIn(received).length < count) return;
      resolve(statusesIn(received));
      socket.destroy();
    });
  });
}

function statusesIn(received: string): number[] {
  return [...received.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
}
