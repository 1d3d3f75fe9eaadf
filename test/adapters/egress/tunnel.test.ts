import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { EgressOptions } from "../../../adapters/egress/egress.js";
import { callSocket, textOf } from "../../support/socket-client.js";
import { until } from "../../support/until.js";
import { createEgressRig, type EgressRig, echo, letThrough, openHost } from "./rig.js";

const stops: (() => Promise<void>)[] = [];

async function setUp(onConnection: (socket: Socket) => void = echo, more: Partial<EgressOptions> = {}) {
  const host = await openHost(onConnection);
  const rig = await createEgressRig(more);
  stops.push(rig.stop, host.close);
  rig.names["files.example.org"] = [letThrough];
  rig.list = [`files.example.org:${host.port}`];
  return { rig, host, at: `files.example.org:${host.port}` };
}

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

describe("a tunnel", () => {
  test("to a host on the list carries bytes both ways, those too that came right behind the request", async () => {
    const { rig, at } = await setUp();
    const client = await rig.dial();
    client.socket.write(`CONNECT ${at} HTTP/1.1\r\nHost: ${at}\r\n\r\nearly`);
    await client.until("\r\n\r\nearly");
    expect(client.text()).toMatch(/^HTTP\/1\.1 200 /);
    client.socket.write(" and late");
    await client.until("early and late");
    client.socket.end();
    await client.closed;
    await until("it is counted", () => rig.ends.length === 1);
    expect(rig.ends).toEqual([{ outcome: "done", sentBytes: 14, receivedBytes: 14 }]);
    expect(rig.logged()).toContain('"host":"files.example.org"');
  });

  test("is refused to any other host and port, with advice; no name is looked up", async () => {
    const { rig, host } = await setUp();
    rig.list = ["files.example.org", "*.below.example.org"];
    for (const wanted of [`files.example.org:${host.port}`, "below.example.org:443", "files.example.org:22"]) {
      const refused = await (await rig.connect(wanted)).closed;
      expect(refused).toMatch(/^HTTP\/1\.1 403 Not on the egress list of the room\r\n/);
      expect(refused).toContain(`Parley: ${wanted.replace(":443", "")} is not on this room's egress list.`);
      expect(refused).toContain(`\`parley room set r1 --egress ${wanted.replace(":443", "")}\`.`);
    }
    expect(rig.asked).toEqual([]);
    expect(host.connections).toEqual([]);
    expect(rig.unlisted.map(({ host: name, port }) => `${name}:${port}`)).toContain("below.example.org:443");
    expect(rig.ends.map(({ outcome }) => outcome)).toEqual(["refused", "refused", "refused"]);
  });

  test.each([
    "127.0.0.1:PORT",
    "127.1:PORT",
    "0x7f000001:PORT",
    "2130706433:PORT",
    "0177.0.0.1:PORT",
    "[::1]:PORT",
    "[::ffff:127.0.0.1]:PORT",
    "[0:0:0:0:0:ffff:7f00:1]:PORT",
    "localhost:PORT",
    "files.example.org.:PORT",
    "files.example.org",
    "files.example.org:",
    "files.example.org:0",
    "files.example.org:PORT:443",
    "user@files.example.org:PORT",
    "files.example.org/:PORT",
    "http://files.example.org:PORT",
    "files.example.org%00.evil.example:PORT",
    "files.example.org%2eevil.example:PORT",
  ])("to %s is refused, although the list has the port", async (authority) => {
    const { rig, host } = await setUp();
    const refused = await (await rig.connect(authority.replace("PORT", String(host.port)))).closed;
    expect(refused).toMatch(/^HTTP\/1\.1 40[03] /);
    expect(rig.asked).toEqual([]);
    expect(host.connections).toEqual([]);
  });

  test.each([
    "files.example.org\0:443",
    "files.example.org\r\nX: y:443",
    "fi les.example.org:443",
    "files。example。org:443",
    "ﬁles.example.org:443",
  ])("to a name with a character that names may not contain is refused: %j", async (authority) => {
    const { rig } = await setUp();
    rig.list = ["files.example.org"];
    const client = await rig.dial();
    client.socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await client.closed).toMatch(/^HTTP\/1\.1 40[03] /);
    expect(rig.asked).toEqual([]);
  });

  test.each([
    ["10.0.0.1"],
    ["169.254.169.254"],
    ["100.100.100.200"],
    ["127.0.0.2"],
    ["::1"],
    ["::ffff:127.0.0.1"],
    ["64:ff9b::7f00:1"],
    ["fd00:ec2::254"],
    ["0.0.0.0"],
    [],
  ])("to a host on the list that leads to %s is refused", async (...addresses) => {
    const { rig, at } = await setUp();
    rig.names["files.example.org"] = addresses;
    expect(await (await rig.connect(at)).closed).toContain("leads to no address on the public internet");
  });

  test("goes to the checked address: a name is looked up once, and its other addresses are not dialled", async () => {
    const { rig, host, at } = await setUp();
    const inside = await openHost(echo, "127.0.0.2", host.port);
    stops.push(inside.close);
    rig.names["files.example.org"] = [["10.0.0.1", "127.0.0.2", letThrough], ["127.0.0.2"]];
    const client = await rig.connect(at);
    client.socket.write("hello");
    await client.until("hello");
    expect(rig.asked).toEqual(["files.example.org"]);
    expect(host.connections).toHaveLength(1);
    expect(await (await rig.connect(at)).closed).toContain("leads to no address on the public internet");
    expect(rig.asked).toHaveLength(2);
    expect(inside.connections).toEqual([]);
  });

  test("is cut when its host is taken off the list; others stay", async () => {
    const { rig, host, at } = await setUp(echo, { recheckMs: 20 });
    rig.names["other.example.org"] = [letThrough];
    rig.list = [at, `other.example.org:${host.port}`];
    const cut = await rig.connect(at);
    const stays = await rig.connect(`other.example.org:${host.port}`);
    rig.list = [`other.example.org:${host.port}`];
    await cut.closed;
    stays.socket.write("still here");
    await stays.until("still here");
    await until(
      "the host sees it",
      () => host.connections[0]?.destroyed === true || host.connections[0]?.readableEnded === true,
    );
    expect(rig.ends.map(({ outcome }) => outcome)).toEqual(["cut"]);
    expect(await (await rig.connect(at)).closed).toContain("403");
  });

  test.each([
    ["the agent has left", 403, (rig: EgressRig) => rig.leave()],
    ["the list cannot be read", 503, (rig: EgressRig) => rig.breakList(true)],
  ])("is cut when %s, and a new one is answered with %i", async (_, status, happen) => {
    const { rig, at } = await setUp(echo, { recheckMs: 20 });
    const open = await rig.connect(at);
    happen(rig);
    await open.closed;
    expect(await (await rig.connect(at)).closed).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(rig.unlisted).toEqual([]);
  });

  test("costs nothing after it ends: the list is not read again", async () => {
    const { rig, at } = await setUp(echo, { recheckMs: 5 });
    const client = await rig.connect(at);
    await until("it was looked at again", () => rig.looks() > 3);
    client.socket.destroy();
    await until("it is over", () => rig.ends.length === 1);
    const looks = rig.looks();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(rig.looks()).toBeLessThanOrEqual(looks + 1);
  });

  test("too many is answered with 429, until one has ended", async () => {
    const { rig, at } = await setUp(echo, { maxConnections: 2 });
    const [first] = [await rig.connect(at), await rig.connect(at)];
    expect(await (await rig.connect(at)).closed).toMatch(/^HTTP\/1\.1 429 .*at most 2 connections/s);
    first?.socket.destroy();
    await until("there is room", () => rig.ends.length === 2);
    expect((await rig.connect(at)).text()).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("leaves the model's calls alone, on the same socket, and goes with the socket", async () => {
    const { rig, at } = await setUp();
    const client = await rig.connect(at);
    expect(await textOf(await callSocket({ socketPath: rig.socketPath, body: "{}" }))).toBe("the model");
    await rig.close();
    await client.closed;
    expect(rig.ends.map(({ outcome }) => outcome)).toEqual(["cut"]);
  });

  test("that asks with a head of more than 16 KiB is answered with 431", async () => {
    const { rig, at, host } = await setUp();
    const client = await rig.connect(at, `X: ${"x".repeat(17_000)}\r\n`);
    expect(client.text()).toMatch(/^HTTP\/1\.1 431 /);
    expect(host.connections).toEqual([]);
  });
});

describe("the two ends of a tunnel", () => {
  test("end one after the other: a side that has finished sending still receives the rest", async () => {
    const heard: string[] = [];
    const { rig, at } = await setUp((socket) => {
      socket.on("data", (chunk) => heard.push(String(chunk)));
      socket.on("end", () => socket.end(`heard ${heard.join("")}`));
    });
    const client = await rig.connect(at);
    client.socket.end("all of it");
    expect(await client.closed).toMatch(/heard all of it$/);
  });

  test("end the other way round too: the host says all and still listens", async () => {
    const heard: string[] = [];
    const { rig, at, host } = await setUp((socket) => {
      socket.on("data", (chunk) => heard.push(String(chunk)));
      socket.end("hello and goodbye");
    });
    const client = await rig.connect(at);
    await once(client.socket, "end");
    client.socket.end("the answer");
    await client.closed;
    await until("the host has it", () => heard.join("") === "the answer");
    expect(host.connections).toHaveLength(1);
  });

  test.each([
    ["the client hangs up", (client: Socket) => void client.destroy()],
    ["the host hangs up", (_: Socket, host: Socket | undefined) => void host?.destroy()],
    ["the host resets it", (_: Socket, host: Socket | undefined) => void host?.resetAndDestroy()],
  ])("go together when %s", async (_, hangUp) => {
    const { rig, at, host } = await setUp();
    const client = await rig.connect(at);
    client.socket.write("x");
    await client.until("\r\n\r\nx");
    client.socket.once("end", () => client.socket.end());
    hangUp(client.socket, host.connections[0]);
    await client.closed;
    await until("the host is gone, and it is counted", () => {
      return host.connections[0]?.destroyed === true && rig.ends.length === 1;
    });
  });

  test.each(["while the name is looked up", "before the list was read"])("may hang up %s", async (when) => {
    const { rig, at, host } = await setUp(echo, { resolveTimeoutMs: 200 });
    let goOn = (_: string[]) => {};
    rig.names["files.example.org"] = new Promise((resolve) => {
      goOn = resolve;
    });
    const client = await rig.dial();
    client.socket.write(`CONNECT ${at} HTTP/1.1\r\nHost: x\r\n\r\n`);
    if (when.includes("name")) await until("it is looked up", () => rig.asked.length === 1);
    client.socket.destroy();
    await until("it is over", () => rig.ends.length === 1 || rig.asked.length === 0);
    goOn([letThrough]);
    const other = await rig.connect(at);
    expect(other.text()).toMatch(/^HTTP\/1\.1 200 /);
    await until(
      "the hanged-up one is not there",
      () => host.connections.filter(({ destroyed }) => !destroyed).length === 1,
    );
  });

  test("wait for each other: a client that does not read is not read for", async () => {
    const size = 96 * 1_024 * 1_024;
    const piece = Buffer.alloc(64 * 1_024, 7);
    let accepted = 0;
    const { rig, at } = await setUp((socket) => {
      const more = () => {
        while (accepted < size) {
          accepted += piece.length;
          if (!socket.write(piece)) return void socket.once("drain", more);
        }
        socket.end();
      };
      more();
    });
    const client = await rig.connect(at);
    client.socket.pause();
    await until("it stands still", async () => {
      const before = accepted;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return accepted === before;
    });
    expect(accepted).toBeLessThan(size / 2);
    let received = 0;
    client.socket.removeAllListeners("data").on("data", (chunk) => {
      received += chunk.length;
    });
    client.socket.once("end", () => client.socket.end()).resume();
    await client.closed;
    expect(received).toBeGreaterThan(size - 1_024 * 1_024);
  });
});
