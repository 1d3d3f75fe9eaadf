import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { openStream } from "../support/sse.js";

/**
 * A person in a room that nobody attacks, in a process of their own: writes, and waits for the agent's answer on the stream. A bare server in the same
 * process measures the latency of the machine itself. Prints a line of JSON for each sample. Exits when its stdin closes.
 */
const [urls = "", pids = "", roomId = "", token = ""] = process.argv.slice(2);
const places = urls.split(",");
/** A person may write 120 messages a minute in a room. */
const everyMs = 550;
const giveUpMs = 120_000;

const bare = createServer((_, response) => response.end("{}"));
await new Promise<void>((resolve) => bare.listen(0, "127.0.0.1", resolve));
const bareUrl = `http://127.0.0.1:${(bare.address() as AddressInfo).port}`;
const stream = await openStream(`${places[0]}/api/rooms/${roomId}/events`, token);
const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };

process.stdin.resume().on("end", () => process.exit(0));

/** CPU time of the main thread of each Parley process so far, in milliseconds. Other programs of the machine do not affect it. */
function busyMs(): number[] {
  return pids.split(",").map((pid) => Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / 1e6);
}

async function floorMs(): Promise<number> {
  const from = performance.now();
  await (await fetch(bareUrl)).text();
  return performance.now() - from;
}

async function answered(count: number): Promise<{ foreignMs: number; busyMs: number }> {
  const from = performance.now();
  const busyBefore = busyMs();
  const body = JSON.stringify({ body: `ping ${count}`, to: ["echo"] });
  const url = `${places[count % places.length]}/api/rooms/${roomId}/messages`;
  const answer = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(giveUpMs) });
  if (answer.status !== 201) throw new Error(`answered with ${answer.status}: ${await answer.text()}`);
  const { messageId } = (await answer.json()) as { messageId: string };
  while (!stream.frames().some((frame) => frame.body === `pong ${count}`)) {
    if (performance.now() - from > giveUpMs) throw new Error(`no answer within ${giveUpMs} ms`);
    await pause(1);
  }
  process.stdout.write(`${JSON.stringify({ messageId })}\n`);
  const busy = busyMs().map((now, index) => now - (busyBefore[index] ?? 0));
  return { foreignMs: performance.now() - from, busyMs: Math.max(...busy) };
}

for (let count = 0; ; count++) {
  try {
    const floor = await floorMs();
    process.stdout.write(`${JSON.stringify({ floorMs: floor, ...(await answered(count)) })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ failure: String(error) })}\n`);
  }
  await pause(everyMs);
}
