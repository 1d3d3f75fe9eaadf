import { createSocket } from "node:dgram";
import { once } from "node:events";

/** A name server of this machine that knows a few names. */
export interface NameServer {
  /** `address:port`. */
  address: string;
  /** IPv4 addresses by name; other names do not exist. */
  names: Record<string, string>;
  /** Names that were asked for, of every kind of record. */
  asked: string[];
  stop(): void;
}

const typeA = 1;
const notFound = 3;

export async function startNameServer(): Promise<NameServer> {
  const socket = createSocket("udp4");
  const server: NameServer = { address: "", names: {}, asked: [], stop: () => socket.close() };
  socket.on("message", (query, { address, port }) => {
    const { name, type, end } = questionOf(query);
    server.asked.push(name);
    socket.send(answerTo(query.subarray(0, end), { type, ip: server.names[name] }), port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  server.address = `127.0.0.1:${socket.address().port}`;
  return server;
}

/** RFC 1035, 4.1.2. */
function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function answerTo(question: Buffer, { type, ip }: { type: number; ip: string | undefined }): Buffer {
  const hasRecord = ip !== undefined && type === typeA;
  const head = Buffer.from(question);
  // A response that could recurse; its code; one question, perhaps one answer, nothing more.
  head.writeUInt16BE(0x8180 | (ip === undefined ? notFound : 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(hasRecord ? 1 : 0, 6);
  head.writeUInt32BE(0, 8);
  if (!hasRecord) return head;
  // The name of the question, type A, class IN, no time to live, four bytes.
  const record = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...ip.split(".").map(Number)]);
  return Buffer.concat([head, record]);
}
