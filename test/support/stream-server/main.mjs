import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { DurableStreamTestServer } from "@durable-streams/server";
import { TailStore } from "./tail-store.mjs";
import { cutTornTails } from "./torn-tails.mjs";

const usage = `usage: node test/support/stream-server/main.mjs --data-dir folder [--host 127.0.0.1] [--port 4437] [--max-body-bytes 16777216]
                                     [--max-file-handles 5000]

A Durable Streams server on one folder. Only one server may use a folder at a time.
With DURABLE_STREAMS_TOKEN set, requests need "Authorization: Bearer <token>"; without it the server listens on loopback alone.
`;

const { values } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string", default: "4437" },
    "max-body-bytes": { type: "string", default: String(16 * 1024 * 1024) },
    "max-file-handles": { type: "string", default: "5000" },
    help: { type: "boolean" },
  },
});
const token = process.env.DURABLE_STREAMS_TOKEN ?? "";
const isLoopback = ["127.0.0.1", "::1", "localhost"].includes(values.host);

function stop(message, code) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

function readNumber(name) {
  const number = Number(values[name]);
  if (!Number.isSafeInteger(number) || number < 0) stop(`--${name} needs a whole number, not ${values[name]}.`, 2);
  return number;
}

if (values.help || !values["data-dir"]) stop(usage, values.help ? 0 : 2);
if (!isLoopback && token === "")
  stop(`Set DURABLE_STREAMS_TOKEN to listen on ${values.host}: without it anyone there could write.`, 2);

const [port, maxBodyBytes, maxFileHandles] = ["port", "max-body-bytes", "max-file-handles"].map(readNumber);
const digest = (text) => createHash("sha256").update(text).digest();
const wanted = digest(`Bearer ${token}`);

/** Why a request is refused before the server sees it. */
function refusal({ headers, url }) {
  if (token !== "" && !timingSafeEqual(digest(headers.authorization ?? ""), wanted)) return [401, "A token is needed."];
  // The package was made for tests: this path plants faults.
  if (url.startsWith("/_test/")) return [404, "Not found."];
  // Node holds a body to its announced length, so an announced length is a cap.
  if (headers["transfer-encoding"] !== undefined) return [411, "Content-Length is needed."];
  if (Number(headers["content-length"] ?? 0) > maxBodyBytes) return [413, `At most ${maxBodyBytes} bytes.`];
  return undefined;
}

const dataDir = values["data-dir"];
mkdirSync(dataDir, { recursive: true });
for (const { name, kind, at, bytes } of cutTornTails(dataDir)) {
  const what =
    kind === "cut" ? `${bytes} bytes of an unfinished append were cut off (kept in torn/)` : "damaged, left as it is";
  process.stderr.write(`${name}: ${what} at byte ${at}.\n`);
}

const server = new DurableStreamTestServer({ dataDir, host: values.host, port, compression: false });
await server.store.close();
// With its default of 100 open files the server refuses, yet stores, appends to the streams beyond.
server.store = new TailStore({ dataDir, maxFileHandles });
const handle = server.handleRequest.bind(server);
// Within one life the server's guard is sure; a writer that sees another life reads back what it wrote.
const life = randomUUID();
server.handleRequest = async (request, response) => {
  response.setHeader("parley-server-life", life);
  const refused = refusal(request);
  if (refused === undefined) return handle(request, response);
  response.writeHead(refused[0], { "content-type": "text/plain", connection: "close" }).end(refused[1]);
};

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => void server.stop().then(() => process.exit(0)));
}
process.stdout.write(`stream server at ${await server.start()}\n`);
