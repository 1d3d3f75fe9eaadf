import { appendFileSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createServerWord } from "../../../adapters/durable-streams/server-word.js";
import type { EventLog, Head } from "../../../src/ports/event-log.js";
import { commitsOn, headOf, idsOf } from "../../support/commits.js";
import { newLocation, openToCrash } from "../../support/durable-streams.js";
import { type StreamServerProcess, startStreamServer } from "../../support/stream-server.js";

const stream = "room/r1";
let server: StreamServerProcess;
let prefix: string;
let log: EventLog;
let stop: () => Promise<void>;

beforeEach(async () => {
  server = await startStreamServer();
  const location = newLocation(server.url);
  prefix = location.split(" ")[1] ?? "";
  const opened = await openToCrash(location);
  log = opened.log;
  stop = async () => {
    await opened.close();
    await server.stop();
    rmSync(location.split(" ")[2] ?? "", { recursive: true, force: true });
  };
});
afterEach(() => stop());

async function write(name: string, on: Head | undefined): Promise<Head> {
  const [commit] = commitsOn(on, name);
  if (!commit) throw new Error("no commit");
  expect(await log.append(stream, [commit])).toEqual({ kind: "appended" });
  return headOf(commit);
}

/** As a crash leaves it that came between the message and the guard. */
function plantBehindTheGuard(message: unknown): void {
  const files = readdirSync(join(server.dataDir, "streams")).map((name) => join(server.dataDir, "streams", name));
  const file = files.find((name) => name.endsWith(".log") && readFileSync(name, "utf8").includes('"a-1"'));
  const data = Buffer.from(`${JSON.stringify(message)},`);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  appendFileSync(file ?? "", Buffer.concat([length, data, Buffer.from("\n")]));
}

test("a server that stored another's message and forgot it in a crash is not believed", async () => {
  const first = await write("a", undefined);
  const second = await write("b", first);
  server.signal("SIGKILL");
  await server.ended();
  const [theirs] = commitsOn(second, "theirs");
  const [ours] = commitsOn(second, "ours");
  if (!theirs || !ours) throw new Error("no commits");
  plantBehindTheGuard({ v: theirs.version, c: theirs });
  await server.start();
  expect(await log.append(stream, [ours])).toEqual({ kind: "conflict", head: headOf(theirs) });
  const next = await write("c", headOf(theirs));
  await write("d", next);
  expect(idsOf(await log.read(stream))).toEqual(["a-1", "b-2", "theirs-3", "c-4", "d-5"]);
});

test("a foreign write past the guard is noticed at the next append", async () => {
  const first = await write("a", undefined);
  const second = await write("b", first);
  const [theirs] = commitsOn(second, "theirs");
  const [ours] = commitsOn(second, "ours");
  if (!theirs || !ours) throw new Error("no commits");
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify([{ v: theirs.version, c: theirs }]);
  expect((await fetch(`${server.url}/${prefix}room/r1`, { method: "POST", headers, body })).status).toBe(204);
  expect(await log.append(stream, [ours])).toEqual({ kind: "conflict", head: headOf(theirs) });
});

test("a server is trusted only in the life it was proven in, and only if its end moved by exactly the sent bytes", () => {
  const word = createServerWord();
  const end = (byte: number) => `${"0".repeat(16)}_${String(byte).padStart(16, "0")}`;
  const sent = (life: string | undefined, byte: number) => ({ kind: "appended" as const, offset: end(byte), life });
  const ask = (life: string | undefined, byte: number) =>
    word.isEnough({ stream, before: end(100), sent: sent(life, byte), bytes: 50 });
  expect(ask("one", 156)).toBe(false);
  word.readBack(stream, { sent: sent("one", 100), life: "one" });
  expect([ask("one", 156), ask("one", 157), ask("one", 100), ask("two", 156), ask(undefined, 156)]).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
  word.readBack(stream, { sent: sent("one", 100), life: "two" });
  expect(ask("one", 156)).toBe(false);
  word.readBack(stream, { sent: sent(undefined, 100), life: undefined });
  expect(ask(undefined, 156)).toBe(false);
});
