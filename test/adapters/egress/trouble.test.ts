import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../support/until.js";
import { createEgressRig, echo, letThrough, openHost } from "./rig.js";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function rigWith(more: Parameters<typeof createEgressRig>[0] = {}, port = 443) {
  const rig = await createEgressRig(more);
  stops.push(rig.stop);
  rig.names["files.example.org"] = [letThrough];
  rig.list = [`files.example.org:${port}`];
  return { rig, at: `files.example.org:${port}` };
}

/** A port of this machine that takes no more connections and refuses none: its process never accepts, and its queue is full. */
async function fullPort(): Promise<number> {
  const worker = new Worker(
    `const { parentPort } = require("node:worker_threads");
     const server = require("node:net").createServer();
     server.listen({ port: 0, host: "${letThrough}", backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
     });`,
    { eval: true },
  );
  stops.push(() => worker.terminate());
  const [port] = (await once(worker, "message")) as [number];
  const waiting: Socket[] = [];
  stops.push(() => waiting.forEach((socket) => void socket.destroy()));
  for (let count = 0; count < 50; count++) {
    const socket = connect({ host: letThrough, port });
    waiting.push(socket.on("error", () => {}));
    const came = await Promise.race([
      once(socket, "connect").then(() => true),
      new Promise<false>((resolve) => setTimeout(resolve, 300, false)),
    ]);
    if (!came) return port;
  }
  throw new Error("the port takes everybody");
}

describe("a host", () => {
  test("that does not exist is a 502 that says so", async () => {
    const { rig, at } = await rigWith();
    delete rig.names["files.example.org"];
    expect(await (await rig.connect(at)).closed).toMatch(
      /^HTTP\/1\.1 502 .*files\.example\.org was not found \(ENOTFOUND\)/s,
    );
    expect(rig.ends.map(({ outcome }) => outcome)).toEqual(["failed"]);
  });

  test("without a listener is a 502 that says so", async () => {
    const gone = await openHost(echo);
    await gone.close();
    const { rig, at } = await rigWith({}, gone.port);
    expect(await (await rig.connect(at)).closed).toMatch(
      /^HTTP\/1\.1 502 .*could not be reached at port \d+ \(ECONNREFUSED\)/s,
    );
  });

  test("whose name server says nothing is a 504 in time, and the look-up is given up", async () => {
    let isGivenUp = false;
    const { rig, at } = await rigWith({
      resolveTimeoutMs: 50,
      resolve: (_, signal) =>
        new Promise(() => {
          signal.addEventListener("abort", () => {
            isGivenUp = true;
          });
        }),
    });
    expect(await (await rig.connect(at)).closed).toMatch(
      /^HTTP\/1\.1 504 .*Looking up files\.example\.org took more than 0\.05 s/s,
    );
    expect(isGivenUp).toBe(true);
  });

  test("that does not answer is a 504 in time", async () => {
    const { rig, at } = await rigWith({ connectTimeoutMs: 200 }, await fullPort());
    expect(await (await rig.connect(at)).closed).toMatch(
      /^HTTP\/1\.1 504 .*Connecting to files\.example\.org took more than 0\.2 s/s,
    );
  });

  test("is tried at its other addresses where the first does not answer", async () => {
    const host = await openHost(echo);
    stops.push(host.close);
    const { rig, at } = await rigWith({ isForbidden: () => false }, host.port);
    // No server listens at the second address of the loopback network.
    rig.names["files.example.org"] = ["127.0.0.3", letThrough];
    expect((await rig.connect(at)).text()).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("a tunnel on which nothing moves", () => {
  test("is cut, half-open or not; one on which something moves is not", async () => {
    const host = await openHost(echo);
    stops.push(host.close);
    const { rig, at } = await rigWith({ idleTimeoutMs: 300 }, host.port);
    const startedMs = performance.now();
    const [still, moving] = await Promise.all([rig.connect(at), rig.connect(at)]);
    const silent = await openHost(() => {});
    stops.push(silent.close);
    rig.names["silent.example.org"] = [letThrough];
    rig.list = [at, `silent.example.org:${silent.port}`];
    const half = await rig.connect(`silent.example.org:${silent.port}`);
    half.socket.end("all I have to say");
    const beat = setInterval(() => moving.socket.write("."), 50);
    stops.push(() => clearInterval(beat));
    await Promise.all([still.closed, half.closed]);
    expect(performance.now() - startedMs).toBeGreaterThan(290);
    await until("it has lived for three times as long", () => performance.now() - startedMs > 900);
    expect(moving.socket.destroyed).toBe(false);
    expect(rig.ends.map(({ outcome }) => outcome)).toEqual(["cut", "cut"]);
  });
});
