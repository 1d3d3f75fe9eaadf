import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { httpPort, parseHttpUrl } from "../../src/core/values/egress.js";
import { Refusal, refusals } from "./refusals.js";
import type { Visits } from "./visits.js";

type Target = NonNullable<ReturnType<typeof parseHttpUrl>>;

/** Hop-by-hop headers, and those for the proxy; RFC 9110, 7.6.1. */
const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "proxy-connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
  "proxy-authenticate",
  "proxy-authorization",
]);

/** Forwards `GET http://host/path`. The request is written from its parsed form, so that the host cannot read it differently. */
export async function forward(
  { incoming, outgoing }: { incoming: IncomingMessage; outgoing: ServerResponse },
  visits: Visits,
): Promise<void> {
  const target = parseHttpUrl(incoming.url ?? "");
  const visit = visits.begin(target && { host: target.host, port: target.port }, () => outgoing.destroy());
  outgoing.once("close", () => visit.end());
  try {
    if (target && !namesOnly(incoming, target)) throw refusals.hostHeader();
    const socket = await visit.reach();
    await passOn({ incoming, outgoing, socket, target: target as Target });
    visit.end();
  } catch (error) {
    const refusal = error instanceof Refusal ? error : undefined;
    visit.end(refusal);
    if (refusal) refuse({ incoming, outgoing }, refusal);
    else outgoing.destroy();
  }
}

function refuse(
  { incoming, outgoing }: { incoming: IncomingMessage; outgoing: ServerResponse },
  { status, reason, headers, body }: Refusal,
): void {
  if (outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(status, reason, headers).end(body);
  if (!incoming.complete) incoming.resume();
}

/** One Host header, of that host. */
function namesOnly({ rawHeaders }: IncomingMessage, target: Target): boolean {
  const hosts = pairsOf(rawHeaders).flatMap(([name, value]) => (name.toLowerCase() === "host" ? [value] : []));
  const known = hosts[0]?.toLowerCase();
  const { host, port } = target;
  return hosts.length === 1 && (known === `${host}:${port}` || (known === host && port === httpPort));
}

function passOn(exchange: {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  socket: Socket;
  target: Target;
}): Promise<void> {
  const { incoming, outgoing, socket, target } = exchange;
  const { host, port, path } = target;
  const isChunked = incoming.headers["transfer-encoding"] !== undefined;
  const headers = [
    ...endToEnd(incoming.rawHeaders).filter(([name]) => name.toLowerCase() !== "host"),
    ["Host", port === httpPort ? host : `${host}:${port}`],
    ["Connection", "close"],
    ...(isChunked ? [["Transfer-Encoding", "chunked"]] : []),
  ];
  return new Promise((resolve, reject) => {
    const brokeOff = () => reject(refusals.noAnswer(target, "it hung up, or does not speak HTTP"));
    const request = httpRequest({
      method: incoming.method,
      path,
      headers: headers.flat(),
      createConnection: () => socket,
    });
    request.on("error", brokeOff);
    request.once("response", (response) => {
      request.off("close", brokeOff);
      answer(response, outgoing).then(resolve, reject);
    });
    // Also for an unsolicited upgrade.
    request.once("close", brokeOff);
    const hasBody = isChunked || incoming.headers["content-length"] !== undefined;
    // A host may answer before the whole request was sent.
    if (hasBody) pipeline(incoming, request).catch(() => {});
    else request.end();
  });
}

async function answer(response: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { statusCode = 502, statusMessage, rawHeaders } = response;
  outgoing.writeHead(statusCode, statusMessage, endToEnd(rawHeaders).flat());
  await pipeline(response, outgoing);
}

function pairsOf(raw: readonly string[]): [name: string, value: string][] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index] ?? "", raw[2 * index + 1] ?? ""]);
}

/** Removes hop-by-hop headers, and those that `Connection` names. */
function endToEnd(raw: readonly string[]): [name: string, value: string][] {
  const pairs = pairsOf(raw);
  const named = pairs
    .filter(([name]) => name.toLowerCase() === "connection")
    .flatMap(([, value]) => value.split(",").map((one) => one.trim().toLowerCase()));
  const dropped = new Set([...hopByHop, ...named]);
  // Where a body ends is nothing to be talked away.
  dropped.delete("content-length");
  return pairs.filter(([name]) => !dropped.has(name.toLowerCase()));
}
