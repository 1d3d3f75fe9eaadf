import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { type AgentSockets, agentSocketName, createAgentSockets } from "../../../src/runtime/sandbox/agent-sockets.js";
import type { WebHandler } from "../../../src/runtime/sandbox/web-server.js";
import { callPipelined } from "../../support/pipelined.js";
import { callSocket, textOf } from "../../support/socket-client.js";

let dir = "";
const made: AgentSockets[] = [];

const create = (at = dir) => {
  const sockets = createAgentSockets({ dir: at, logger: createMemoryLogger() });
  made.push(sockets);
  return sockets;
};
const says =
  (text: string): WebHandler =>
  async () =>
    new Response(text);
const ask = async (socketDir: string, more: Partial<Parameters<typeof callSocket>[0]> = {}) =>
  callSocket({ socketPath: join(socketDir, agentSocketName), method: "GET", path: "/", ...more });

beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), "parley-sockets-")), "s");
});
afterEach(async () => {
  for (const sockets of made.splice(0)) await sockets.stop();
  await rm(join(dir, ".."), { recursive: true, force: true });
});

describe("agents' sockets", () => {
  test("each answers for its own agent", async () => {
    const sockets = create();
    const mia = await sockets.open("r1-mia", says("mia"));
    const bob = await sockets.open("r1-bob", says("bob"));
    expect(await textOf(await ask(mia.socketDir))).toBe("mia");
    expect(await textOf(await ask(bob.socketDir))).toBe("bob");
  });

  test("lie where only this user gets to, in folders a sandbox may pass but not change", async () => {
    const { socketDir } = await create().open("r1-mia", says("mia"));
    const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
    expect(await modeOf(dir)).toBe(0o700);
    expect(await modeOf(socketDir)).toBe(0o711);
    expect(await modeOf(join(socketDir, agentSocketName))).toBe(0o666);
  });

  test("are at the same place after a restart, also when the one before was killed", async () => {
    const before = create();
    const first = await before.open("r1-mia", says("before"));
    await before.stop();
    await expect(ask(first.socketDir)).rejects.toMatchObject({ code: "ENOENT" });
    expect(await readdir(dir)).toEqual(["r1-mia"]);
    const killed = create();
    await killed.open("r1-mia", says("killed"));
    // The socket file of a process that is gone is still there.
    const after = await create().open("r1-mia", says("after"));
    expect(after).toEqual(first);
    expect(await textOf(await ask(after.socketDir))).toBe("after");
  });

  test("are gone with their agent, and requests under way are cut off", async () => {
    const sockets = create();
    const never = new Promise<Response>(() => {});
    let arrived = () => {};
    const hasArrived = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { socketDir } = await sockets.open("r1-mia", () => {
      arrived();
      return never;
    });
    const waiting = ask(socketDir);
    const outcome = waiting.then(
      () => "answered",
      (error: NodeJS.ErrnoException) => error.code,
    );
    await hasArrived;
    await sockets.close("r1-mia");
    expect(await outcome).toBe("ECONNRESET");
    expect(await readdir(dir)).toEqual([]);
    await sockets.close("r1-mia");
  });

  test("tell the handler when the caller hangs up", async () => {
    let signal: AbortSignal | undefined;
    const leave = new AbortController();
    const { socketDir } = await create().open("r1-mia", async (request) => {
      signal = request.signal;
      const hungUp = new Promise<void>((resolve) => request.signal.addEventListener("abort", () => resolve()));
      leave.abort();
      await hungUp;
      return new Response("nobody hears this");
    });
    await expect(ask(socketDir, { signal: leave.signal })).rejects.toMatchObject({ name: "AbortError" });
    await expect.poll(() => signal?.aborted).toBe(true);
  });

  test("handle one request of a connection at a time, in the order they were sent", async () => {
    const seen: string[] = [];
    const { socketDir } = await create().open("r1-mia", async (request) => {
      const body = await request.text();
      seen.push(`${body} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${body} ends`);
      return new Response(body, { status: 220 + seen.length });
    });
    const socketPath = join(socketDir, agentSocketName);
    expect(await callPipelined({ socketPath, count: 4, body: "it" })).toEqual([222, 224, 226, 228]);
    expect(seen).toEqual(Array.from({ length: 4 }, () => ["it begins", "it ends"]).flat());
  });

  test("handle nothing that a connection sent ahead before it closed", async () => {
    let calls = 0;
    let finish = () => {};
    const { socketDir } = await create().open("r1-mia", async (request) => {
      calls += 1;
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return new Response(request.url);
    });
    const socketPath = join(socketDir, agentSocketName);
    const socket = connect(socketPath);
    socket.write("GET / HTTP/1.1\r\nHost: parley\r\n\r\n".repeat(10));
    await expect.poll(() => calls).toBe(1);
    socket.destroy();
    finish();
    const asked = ask(socketDir);
    await expect.poll(() => calls).toBe(2);
    finish();
    expect((await asked).statusCode).toBe(200);
    expect(calls).toBe(2);
  });

  test("cut a connection that sends hundreds of requests ahead of its answers", async () => {
    const { socketDir } = await create().open("r1-mia", says("mia"));
    const socketPath = join(socketDir, agentSocketName);
    await expect(callPipelined({ socketPath, count: 1_000 })).rejects.toThrow();
    expect(await callPipelined({ socketPath, count: 200 })).toHaveLength(200);
  });

  test("return a refusal to a caller whose body was not read", async () => {
    const { socketDir } = await create().open("r1-mia", async () => new Response("no", { status: 403 }));
    const response = await ask(socketDir, { method: "POST", body: Buffer.alloc(4 * 1_024 * 1_024, "x") });
    expect([response.statusCode, await textOf(response)]).toEqual([403, "no"]);
  });

  test("are not a proxy: whole addresses and tunnels are refused before the handler", async () => {
    let calls = 0;
    const { socketDir } = await create().open("r1-mia", async () => {
      calls++;
      return new Response("");
    });
    for (const path of ["http://example.test/v1/messages", "//example.test/v1/messages"]) {
      expect((await ask(socketDir, { path })).statusCode).toBe(403);
    }
    const tunnel = connect(join(socketDir, agentSocketName));
    tunnel.write("CONNECT example.test:443 HTTP/1.1\r\nHost: example.test:443\r\n\r\n");
    let heard = "";
    for await (const chunk of tunnel) heard += String(chunk);
    expect(heard).toBe("");
    expect(calls).toBe(0);
  });

  test("are refused under invalid names and in folders that are too deep", async () => {
    for (const id of ["", "..", "a/b", "a".repeat(64)]) {
      await expect(create().open(id, says(""))).rejects.toMatchObject({ code: "refused" });
    }
    const deep = join(dir, "deep".repeat(20), "deeper".repeat(5));
    await expect(create(deep).open("r1-mia", says(""))).rejects.toThrow(/too long for a socket.*PARLEY_DATA_DIR/);
  });
});
