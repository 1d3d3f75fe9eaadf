// A stream server for Parley: the Node server of the Durable Streams project with the settings that make it bearable. Its makers call it
// a server for development; what it cannot keep, Parley notices and says.
//
//   node docker/stream-server.mjs --data-dir /data [--host 127.0.0.1] [--port 4437]
//   STREAM_SERVER_TOKEN   callers must show it as `Authorization: Bearer …`; unset: nobody is asked

import { createHash, timingSafeEqual } from "node:crypto";
import { closeSync, existsSync, ftruncateSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DurableStreamTestServer, FileBackedStreamStore } from "@durable-streams/server";

const say = (line) => process.stdout.write(`${line}\n`);
const complain = (line) => process.stderr.write(`${line}\n`);
const maxFileHandles = 5_000;
const maxBodyBytes = 8 * 1_024 * 1_024;

const { values } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string", default: "4437" },
  },
});
const dataDir = values["data-dir"];
if (dataDir === undefined) {
  complain("stream-server: --data-dir is missing");
  process.exit(2);
}

/** The store skips a frame that was cut off by a crash without removing it; everything behind it would be lost. */
function cutTornTails(folder) {
  if (!existsSync(folder)) return 0;
  let cut = 0;
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".log"))) {
    const path = join(folder, name);
    const content = readFileSync(path);
    let end = 0;
    while (end + 4 <= content.length) {
      const next = end + 4 + content.readUInt32BE(end) + 1;
      if (next > content.length) break;
      end = next;
    }
    if (end === content.length) continue;
    const file = openSync(path, "r+");
    ftruncateSync(file, end);
    closeSync(file);
    cut += 1;
  }
  return cut;
}

const cut = cutTornTails(join(dataDir, "streams"));
if (cut > 0) complain(`stream-server: cut off the unfinished end of ${cut} streams`);

const digest = (text) => createHash("sha256").update(text).digest();
const expected = process.env.STREAM_SERVER_TOKEN ? digest(`Bearer ${process.env.STREAM_SERVER_TOKEN}`) : undefined;

/** Looks at who calls and how much comes before the server does. */
class StreamServer extends DurableStreamTestServer {
  async handleRequest(incoming, outgoing) {
    const isKnown = !expected || timingSafeEqual(digest(incoming.headers.authorization ?? ""), expected);
    if (!isKnown) return refuse(outgoing, 401, "this stream server asks for its token");
    if (Number(incoming.headers["content-length"] ?? maxBodyBytes + 1) > maxBodyBytes && incoming.method === "POST")
      return refuse(outgoing, 413, "too large, or of unknown length");
    return super.handleRequest(incoming, outgoing);
  }
}

function refuse(outgoing, status, text) {
  outgoing.writeHead(status, { "content-type": "text/plain" });
  outgoing.end(text);
}

const server = new StreamServer({ host: values.host, port: Number(values.port), compression: false });
// Beyond its pool of open files the store answers 404 for what it has written; the server takes no setting for it.
server.store = new FileBackedStreamStore({ dataDir, maxFileHandles });
const url = await server.start();
say(`stream-server ready ${JSON.stringify({ url, pid: process.pid })}`);

async function stop() {
  await server.stop();
  process.exit(0);
}
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
