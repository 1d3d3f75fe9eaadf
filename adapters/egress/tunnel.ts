import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseAuthority } from "../../src/core/values/egress.js";
import type { Clock } from "../../src/ports/clock.js";
import { Refusal } from "./refusals.js";
import type { Visits } from "./visits.js";

const established = "HTTP/1.1 200 Connection established\r\n\r\n";
/** Time in which a refused client may take its answer and leave. */
const leaveMs = 5_000;

/** A CONNECT: bytes go both ways as they come, no faster than the slower side takes them; each side may end before the other. */
export async function tunnel(
  { request, client, head }: { request: IncomingMessage; client: Duplex; head: Buffer },
  { visits, clock }: { visits: Visits; clock: Clock },
): Promise<void> {
  const visit = visits.begin(parseAuthority(request.url ?? ""), () => client.destroy());
  client.on("error", () => {});
  client.once("close", () => visit.end());
  try {
    const host = await visit.reach();
    client.write(established);
    if (head.length > 0) host.write(head);
    await Promise.all([pipeline(client, host), pipeline(host, client)]);
    visit.end();
  } catch (error) {
    const refusal = error instanceof Refusal ? error : undefined;
    visit.end(refusal);
    if (refusal) refuse(client, refusal, clock);
    else client.destroy();
  }
}

function refuse(client: Duplex, { status, reason, headers, body }: Refusal, clock: Clock): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  client.end(`HTTP/1.1 ${status} ${reason}\r\n${lines.join("")}\r\n${body}`);
  // Drain the rest of the client's data: closing the connection over it could lose the answer.
  client.resume();
  clock.after(leaveMs, () => client.destroy());
}
