import { createServer, type IncomingMessage, type RequestListener, request } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { textOf } from "../../support/socket-client.js";
import { until } from "../../support/until.js";
import { createEgressRig, type EgressRig, letThrough, openHost } from "./rig.js";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: readonly string[];
  body: string;
}

async function rigTo(port: number): Promise<{ rig: EgressRig; at: string }> {
  const rig = await createEgressRig({ recheckMs: 20 });
  stops.push(rig.stop);
  rig.names["files.example.org"] = [letThrough];
  rig.list = [`files.example.org:${port}`];
  return { rig, at: `files.example.org:${port}` };
}

/** A real HTTP server behind the proxy, which keeps its requests. */
async function setUp(answer: RequestListener = (_, response) => void response.end("hello")) {
  const seen: Seen[] = [];
  const server = createServer((incoming, response) => {
    void textOf(incoming).then((body) => {
      seen.push({ method: incoming.method, url: incoming.url, headers: incoming.rawHeaders, body });
      answer(incoming, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, letThrough, resolve));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { seen, ...(await rigTo((server.address() as AddressInfo).port)) };
}

function call(
  rig: EgressRig,
  options: { url: string; method?: string; headers?: object; body?: string; agent?: false },
) {
  const { url, method = "GET", headers = {}, body } = options;
  return new Promise<IncomingMessage>((resolve, reject) => {
    const host = /^\w+:\/\/([^/]+)/.exec(url)?.[1] ?? "";
    const all = { host, ...headers };
    request({ socketPath: rig.socketPath, path: url, method, headers: all, agent: false }, resolve)
      .once("error", reject)
      .end(body);
  });
}

const plainHead = (at: string, more = "") => `Host: ${at}\r\n${more}Connection: close\r\n\r\n`;

describe("plain HTTP", () => {
  test("to a host on the list goes there, with method, path, query and body, and the answer comes back", async () => {
    const { rig, at, seen } = await setUp((_, response) => {
      response.writeHead(201, "Made", { "X-Answer": "yes", "Set-Cookie": ["a=1", "b=2"] });
      response.end("made it");
    });
    const answer = await call(rig, {
      url: `http://${at}/a/b?c=d`,
      method: "POST",
      body: "some text",
      headers: { "content-length": 9, "x-mine": "1" },
    });
    expect([answer.statusCode, answer.statusMessage, await textOf(answer)]).toEqual([201, "Made", "made it"]);
    expect(answer.headers).toMatchObject({ "x-answer": "yes", "set-cookie": ["a=1", "b=2"] });
    expect(seen).toMatchObject([{ method: "POST", url: "/a/b?c=d", body: "some text" }]);
    expect(seen[0]?.headers).toContain("x-mine");
    await until("it is counted", () => rig.ends.length === 1);
    expect(rig.ends[0]).toMatchObject({ outcome: "done" });
    expect(rig.ends[0]?.sentBytes).toBeGreaterThan(50);
    expect(rig.logged()).not.toContain("c=d");
  });

  test.each([
    ["another host", "http://other.example.org/", 403],
    ["the host at another port", "http://files.example.org/", 403],
    ["HTTPS without CONNECT", "https://AT/", 403],
    ["another scheme", "ftp://AT/", 403],
    ["an address", "http://127.0.0.1/", 403],
    ["an address in brackets", "http://[::1]/", 403],
    ["localhost", "http://localhost/", 403],
    ["a user before the host", "http://user@AT/", 403],
    ["a host before the host", "http://files.example.org:80@127.0.0.1/", 403],
  ])("to %s is refused", async (_, url, status) => {
    const { rig, at, seen } = await setUp();
    const answer = await call(rig, { url: url.replace("AT", at) });
    expect(answer.statusCode).toBe(status);
    expect(await textOf(answer)).toMatch(/^Parley: /);
    expect([seen, rig.asked]).toEqual([[], []]);
  });

  test.each([
    ["names another host", (at: string) => `GET http://${at}/ HTTP/1.1\r\n${plainHead("other.example.org")}`],
    ["leaves the port out", (at: string) => `GET http://${at}/ HTTP/1.1\r\n${plainHead("files.example.org")}`],
    [
      "is there twice",
      (at: string) => `GET http://${at}/ HTTP/1.1\r\nHost: ${at}\r\n${plainHead("other.example.org")}`,
    ],
    ["is missing", (at: string) => `GET http://${at}/ HTTP/1.1\r\nConnection: close\r\n\r\n`],
  ])("whose Host header %s is a 400", async (_, head) => {
    const { rig, at, seen } = await setUp();
    expect(await (await rig.send(head(at))).closed).toMatch(/^HTTP\/1\.1 400 /);
    expect(seen).toEqual([]);
  });

  test("drops hop-by-hop and proxy headers", async () => {
    const { rig, at, seen } = await setUp((_, response) => {
      response.setHeader("Proxy-Authenticate", "Basic");
      response.setHeader("X-Hop", "1");
      response.setHeader("Connection", "close, X-Hop");
      response.end("hello");
    });
    const head = [
      ...[
        "Proxy-Authorization: Basic c2VjcmV0",
        "Proxy-Connection: keep-alive",
        "Keep-Alive: timeout=5",
        "TE: trailers",
      ],
      ...[
        "Upgrade: websocket",
        "Connection: X-Secret, Upgrade, Content-Length",
        "X-Secret: 1",
        "X-Open: 1",
        "Content-Length: 2",
      ],
    ];
    const client = await rig.send(`GET http://${at}/ HTTP/1.1\r\nHost: ${at}\r\n${head.join("\r\n")}\r\n\r\nhi`);
    await client.until("hello");
    expect(client.text()).not.toMatch(/proxy-authenticate|x-hop/i);
    const names = seen[0]?.headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    expect(names?.sort()).toEqual(["connection", "content-length", "host", "x-open"]);
    expect(seen[0]).toMatchObject({ body: "hi" });
  });

  test("carries no second request in the body of the first", async () => {
    const { rig, at, seen } = await setUp();
    const inner = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    const chunk = `${Buffer.byteLength(inner).toString(16)}\r\n${inner}\r\n0\r\n\r\n`;
    const chunked = await rig.send(
      `GET http://${at}/one HTTP/1.1\r\n${plainHead(at, "Transfer-Encoding: chunked\r\n")}${chunk}`,
    );
    await chunked.closed;
    const both = "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n";
    const refused = await rig.send(`POST http://${at}/two HTTP/1.1\r\n${plainHead(at, both)}${chunk}`);
    expect(await refused.closed).toMatch(/^HTTP\/1\.1 400 /);
    const twice = "Content-Length: 0\r\nContent-Length: 37\r\n";
    expect(
      await (await rig.send(`POST http://${at}/three HTTP/1.1\r\n${plainHead(at, twice)}${inner}`)).closed,
    ).toMatch(/^HTTP\/1\.1 400 /);
    expect(seen).toMatchObject([{ url: "/one", body: inner }]);
    expect(seen).toHaveLength(1);
  });

  test("is checked again with every request of a kept connection", async () => {
    const { rig, at, seen } = await setUp();
    const client = await rig.send(`GET http://${at}/one HTTP/1.1\r\nHost: ${at}\r\n\r\n`);
    await client.until("hello");
    client.socket.write("GET http://other.example.org/ HTTP/1.1\r\nHost: other.example.org\r\n\r\n");
    await client.until("other.example.org:80 is not on this room's egress list");
    expect(seen).toHaveLength(1);
  });

  test("is cut in the middle of an answer when its host is taken off the list", async () => {
    const { rig, at } = await setUp((_, response) => void response.write("the first half"));
    const answer = await call(rig, { url: `http://${at}/` });
    rig.list = [];
    await expect(textOf(answer)).rejects.toThrow();
    expect(rig.ends.map(({ outcome }) => outcome)).toEqual(["cut"]);
  });

  test.each([
    ["hangs up", (socket: Socket) => void socket.end()],
    ["resets", (socket: Socket) => void socket.once("data", () => socket.resetAndDestroy())],
    ["does not speak HTTP", (socket: Socket) => void socket.end("SSH-2.0-OpenSSH_9.2\r\n")],
    [
      "answers in two ways",
      (socket: Socket) =>
        void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nhi"),
    ],
    [
      "changes to another protocol",
      (socket: Socket) => void socket.write("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
    ],
    ["sends a head without end", (socket: Socket) => void socket.write(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(100_000)}`)],
  ])("where the host %s is a 502", async (_, act) => {
    const host = await openHost(act);
    stops.push(host.close);
    const { rig, at } = await rigTo(host.port);
    const answer = await call(rig, { url: `http://${at}/` });
    expect([answer.statusCode, await textOf(answer)]).toEqual([502, expect.stringContaining("could not be reached")]);
    expect(rig.ends.map(({ outcome }) => outcome)).toEqual(["failed"]);
  });

  test("may be hung up on in the middle, by either side", async () => {
    const { rig, at } = await setUp((_, response) => void response.write("the first half", () => response.destroy()));
    await expect(call(rig, { url: `http://${at}/` }).then(textOf)).rejects.toThrow();
    const kept = await setUp((_, response) => void response.write("the first half"));
    const client = await kept.rig.send(`GET http://${kept.at}/ HTTP/1.1\r\nHost: ${kept.at}\r\n\r\n`);
    client.socket.destroy();
    await until("it is over", () => kept.rig.ends.length === 1);
    expect((await call(kept.rig, { url: `http://${kept.at}/` })).statusCode).toBe(200);
  });
});
