import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv4 } from "node:net";

/** What a name leads to: addresses of both families, or another name first (CNAME). */
export interface NameRecords {
  addresses?: readonly string[];
  alias?: string;
}

/** A name server of this machine that knows a few names. */
export interface NameServer {
  /** `address:port`. */
  address: string;
  /** IPv4 address by name, or what `records` says; other names do not exist. */
  names: Record<string, string>;
  /** More than one address or an alias. A function is asked for each question: a name that rebinds. */
  records: Record<string, NameRecords | (() => NameRecords)>;
  /** Names that were asked for, of every kind of record. */
  asked: string[];
  stop(): void;
}

const types = { A: 1, CNAME: 5, AAAA: 28 } as const;
const notFound = 3;
/** Longer chains of aliases end there. */
const maxAliases = 8;

interface Answer {
  name: string;
  type: number;
  data: Buffer;
}

export async function startNameServer(): Promise<NameServer> {
  const socket = createSocket("udp4");
  const server: NameServer = { address: "", names: {}, records: {}, asked: [], stop: () => socket.close() };
  socket.on("message", (query, { address, port }) => {
    const { name, type, end } = questionOf(query);
    server.asked.push(name);
    socket.send(responseTo(query.subarray(0, end), answersOf(server, { name, type })), port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  server.address = `127.0.0.1:${socket.address().port}`;
  return server;
}

function recordsOf({ names, records }: NameServer, name: string): NameRecords | undefined {
  const own = records[name];
  if (own !== undefined) return typeof own === "function" ? own() : own;
  const ip = names[name];
  return ip === undefined ? undefined : { addresses: [ip] };
}

/** Undefined: there is no such name. An alias is followed, as a recursive server does. */
function answersOf(server: NameServer, question: { name: string; type: number }): Answer[] | undefined {
  const answers: Answer[] = [];
  let { name } = question;
  for (let hop = 0; hop < maxAliases; hop++) {
    const found = recordsOf(server, name);
    if (!found) return answers.length === 0 ? undefined : answers;
    const { alias, addresses = [] } = found;
    const wanted = addresses.filter((one) => (isIPv4(one) ? types.A : types.AAAA) === question.type);
    for (const one of wanted) answers.push({ name, type: question.type, data: bytesOf(one) });
    if (alias === undefined) return answers;
    answers.push({ name, type: types.CNAME, data: labelsOf(alias) });
    name = alias;
  }
  return answers;
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

function responseTo(question: Buffer, answers: readonly Answer[] | undefined): Buffer {
  const head = Buffer.from(question);
  // A response that could recurse; its code; one question, the answers, nothing more.
  head.writeUInt16BE(0x8180 | (answers === undefined ? notFound : 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(answers?.length ?? 0, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...(answers ?? []).map(recordBytes)]);
}

/** RFC 1035, 4.1.3: class IN, no time to live. */
function recordBytes({ name, type, data }: Answer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([labelsOf(name), fixed, data]);
}

function labelsOf(name: string): Buffer {
  const labels = name.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

/** Four bytes, or sixteen in network order. */
function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  const [, tail = ""] = /:(\d+\.\d+\.\d+\.\d+)$/.exec(address) ?? [];
  const four = tail === "" ? [] : tail.split(".").map(Number);
  const plain = tail === "" ? address : address.slice(0, -tail.length).replace(/([^:]):$/, "$1");
  const [left = "", right] = plain.split("::");
  const groups = (text: string) =>
    text
      .split(":")
      .filter((group) => group !== "")
      .map((group) => Number.parseInt(group, 16));
  const [before, after] = [groups(left), right === undefined ? [] : groups(right)];
  const missing = 8 - four.length / 2 - before.length - after.length;
  const all = [...before, ...Array.from({ length: Math.max(0, missing) }, () => 0), ...after];
  return Buffer.from([...all.flatMap((group) => [group >> 8, group & 255]), ...four]);
}
