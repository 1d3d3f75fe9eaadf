import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addressesIn, createResolve } from "../../../adapters/kit/resolve.js";
import { type NameServer, startNameServer } from "../../support/name-server.js";

let server: NameServer;
let silent: Socket;
let dir: string;
const { signal } = new AbortController();

beforeAll(async () => {
  server = await startNameServer();
  server.names["git.example.org"] = "93.184.216.34";
  silent = createSocket("udp4");
  silent.bind(0, "127.0.0.1");
  await once(silent, "listening");
  dir = await mkdtemp(join(tmpdir(), "parley-resolve-"));
  await writeFile(join(dir, "hosts"), "10.1.2.3 ghe.corp.example ghe\n");
});
afterAll(async () => {
  server.stop();
  silent.close();
  await rm(dir, { recursive: true, force: true });
});

describe("a look-up", () => {
  test("asks the name servers", async () => {
    const resolve = createResolve({ servers: [server.address] });
    expect(await resolve("git.example.org", signal)).toEqual(["93.184.216.34"]);
  });

  test("rejects with the code of the name server where a name does not exist", async () => {
    const resolve = createResolve({ servers: [server.address] });
    await expect(resolve("gone.example.org", signal)).rejects.toMatchObject({ code: "ENOTFOUND" });
  });

  test.each([
    ["127.0.0.1", ["127.0.0.1"]],
    ["2001:db8::1", ["2001:db8::1"]],
    ["localhost", ["127.0.0.1", "::1"]],
    ["git.LOCALHOST", ["127.0.0.1", "::1"]],
  ])("answers %s without asking a name server", async (host, addresses) => {
    server.asked.length = 0;
    expect(await createResolve({ servers: [server.address] })(host, signal)).toEqual(addresses);
    expect(server.asked).toEqual([]);
  });

  test("reads a hosts file only if the options name one", async () => {
    const servers = [server.address];
    const named = createResolve({ servers, hostsFile: join(dir, "hosts") });
    expect(await named("ghe.corp.example", signal)).toEqual(["10.1.2.3"]);
    expect(await named("git.example.org", signal)).toEqual(["93.184.216.34"]);
    await expect(createResolve({ servers })("ghe.corp.example", signal)).rejects.toMatchObject({ code: "ENOTFOUND" });
  });

  test("asks the name servers if there is no hosts file", async () => {
    const resolve = createResolve({ servers: [server.address], hostsFile: join(dir, "none") });
    expect(await resolve("git.example.org", signal)).toEqual(["93.184.216.34"]);
  });

  test("of a silent name server holds up no file access, and ends with its signal", async () => {
    const resolve = createResolve({ servers: [`127.0.0.1:${silent.address().port}`] });
    const callers = Array.from({ length: 16 }, () => new AbortController());
    let settled = 0;
    const lookUps = callers.map((caller, index) =>
      resolve(`slow${index}.example.org`, caller.signal).finally(() => {
        settled += 1;
      }),
    );
    await stat(dir);
    expect(settled).toBe(0);
    for (const caller of callers) caller.abort();
    const ends = await Promise.allSettled(lookUps);
    expect(ends.map((end) => end.status === "rejected" && end.reason.code)).toEqual(Array(16).fill("ECANCELLED"));
  });

  test("is not begun once its signal has aborted", async () => {
    server.asked.length = 0;
    const resolve = createResolve({ servers: [server.address] });
    await expect(resolve("git.example.org", AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
    expect(server.asked).toEqual([]);
  });
});

describe("a hosts file", () => {
  const hosts = "# 10.0.0.1 a\n::1 a b # c\n\t10.0.0.2\ta\nnonsense a\n10.0.0.3 A.example\n";
  test.each([
    ["a", ["10.0.0.2", "::1"]],
    ["b", ["::1"]],
    ["c", []],
    ["a.EXAMPLE", ["10.0.0.3"]],
    ["example", []],
  ])("gives %s its addresses, IPv4 first", (name, addresses) => {
    expect(addressesIn(hosts, name)).toEqual(addresses);
  });
});
