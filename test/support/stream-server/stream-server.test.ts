import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../until.js";

let dir: string;
let child: ChildProcess;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "parley-stream-server-"));
});

afterEach(async () => {
  await end("SIGKILL");
  rmSync(dir, { recursive: true, force: true });
});

async function end(signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, "exit");
  child.kill(signal);
  return (await exited)[0];
}

async function start({ token = "", more = [] as string[] } = {}): Promise<string> {
  const args = ["test/support/stream-server/main.mjs", "--data-dir", dir, "--port", "0", ...more];
  child = spawn(process.execPath, args, { env: { ...process.env, DURABLE_STREAMS_TOKEN: token } });
  let output = "";
  const keep = (chunk: Buffer) => {
    output += String(chunk);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  const address = () => /stream server at (\S+)\n/.exec(output)?.[1];
  await until("the server says where it is", () => address() !== undefined || child.exitCode !== null, 30_000);
  const url = address();
  if (url === undefined) throw new Error(`the server did not start: ${output}`);
  return url;
}

const json = { "content-type": "application/json" };
const create = (url: string) => fetch(url, { method: "PUT", headers: json });
const append = (url: string, value: unknown) =>
  fetch(url, { method: "POST", headers: json, body: JSON.stringify(value) });
const read = async (url: string): Promise<unknown> => (await fetch(`${url}?offset=-1`)).json();

test("an append behind one that a crash tore in half can be read", async () => {
  const before = await start();
  await create(`${before}/room`);
  expect((await append(`${before}/room`, { n: 1 })).ok).toBe(true);
  await end("SIGKILL");
  const [name = ""] = readdirSync(join(dir, "streams")).filter((file) => file.endsWith(".log"));
  appendFileSync(join(dir, "streams", name), Buffer.from([0, 0, 1, 0, 0x7b]));

  const after = await start();
  expect((await append(`${after}/room`, { n: 2 })).ok).toBe(true);
  expect(await read(`${after}/room`)).toEqual([{ n: 1 }, { n: 2 }]);
  expect(readdirSync(join(dir, "torn"))).toHaveLength(1);
});

test("150 streams written at the same time lose no append and refuse none", async () => {
  const url = await start();
  const names = Array.from({ length: 150 }, (_, index) => `${url}/room-${index}`);
  await Promise.all(names.map(create));
  for (const n of [1, 2]) {
    const answers = await Promise.all(names.map((name) => append(name, { n })));
    expect(answers.filter(({ ok }) => !ok)).toEqual([]);
  }
  for (const name of names) expect(await read(name)).toEqual([{ n: 1 }, { n: 2 }]);
});

test("without the token nothing is served, and faults cannot be planted with it", async () => {
  const url = await start({ token: "a-secret" });
  expect((await create(`${url}/room`)).status).toBe(401);
  const headers = { ...json, authorization: "Bearer a-secret" };
  expect((await fetch(`${url}/room`, { method: "PUT", headers })).status).toBe(201);
  expect((await fetch(`${url}/_test/inject-error`, { method: "POST", headers, body: "{}" })).status).toBe(404);
});

test("a body over the cap is refused and not stored", async () => {
  const url = await start({ more: ["--max-body-bytes", "100"] });
  await create(`${url}/room`);
  expect((await append(`${url}/room`, { text: "x".repeat(200) })).status).toBe(413);
  expect(await read(`${url}/room`)).toEqual([]);
});

test("it ends cleanly when told to", async () => {
  await start();
  expect(await end("SIGTERM")).toBe(0);
});

test("it does not listen beyond this machine without a token", async () => {
  child = spawn(process.execPath, ["test/support/stream-server/main.mjs", "--data-dir", dir, "--host", "0.0.0.0"], {
    env: { ...process.env, DURABLE_STREAMS_TOKEN: "" },
  });
  expect((await once(child, "exit"))[0]).toBe(2);
});

test("a request for the end of a long stream reads only the end", async () => {
  const url = `${await start()}/long`;
  await create(url);
  const filler = "x".repeat(10_000);
  for (let at = 0; at < 20; at += 1)
    await append(
      url,
      Array.from({ length: 20 }, (_, index) => ({ at, index, filler })),
    );
  const whole = await fetch(`${url}?offset=-1`);
  expect(await whole.json()).toHaveLength(400);
  const end = whole.headers.get("stream-next-offset");
  const bytesRead = () => Number(/rchar: (\d+)/.exec(readFileSync(`/proc/${child.pid}/io`, "utf8"))?.[1]);

  const before = bytesRead();
  for (let n = 0; n < 10; n += 1) {
    await append(url, { n });
    const rest = await fetch(`${url}?offset=${end}`);
    expect(await rest.json()).toEqual(Array.from({ length: n + 1 }, (_, one) => ({ n: one })));
  }
  expect(bytesRead() - before).toBeLessThan(1_000_000);
  // An unknown offset is answered as before, by reading the whole file.
  const between = `${end?.slice(0, -1)}${(Number(end?.at(-1)) + 3) % 10}`;
  expect((await fetch(`${url}?offset=${between}`)).status).toBe(200);
});
