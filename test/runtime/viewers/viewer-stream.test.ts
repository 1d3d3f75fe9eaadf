import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { createViewerStream, type ViewerEnd } from "../../../src/runtime/viewers/viewer-stream.js";

const kib = 1_024;

/** A connection whose other side reads on request. */
function createConnection() {
  let read = () => {};
  const out = new Writable({
    highWaterMark: 16 * kib,
    write: (_bytes, _encoding, done) => {
      read = () => done();
    },
  });
  const ends: ViewerEnd[] = [];
  const stream = createViewerStream(out, { maxUnreadBytes: 64 * kib, onEnd: (end) => ends.push(end) });
  return { out, stream, ends, readOne: () => read() };
}

async function readAll({ out, readOne }: ReturnType<typeof createConnection>): Promise<void> {
  while (out.writableLength > 0) {
    readOne();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("the stream of a viewer", () => {
  test("that does not read is cut at its bound, told once, and nothing is kept for it", () => {
    const { out, stream, ends } = createConnection();
    const bytes = new Uint8Array(10 * kib);
    const held: number[] = [];
    for (let n = 0; n < 100; n++) {
      stream.write(bytes);
      if (!out.destroyed) held.push(out.writableLength);
    }
    expect(Math.max(...held)).toBe(70 * kib);
    expect([held.length, out.destroyed, stream.ended, ends]).toEqual([7, true, true, ["cut"]]);
  });

  test("that reads in time is never cut", async () => {
    const connection = createConnection();
    const { stream, ends, out } = connection;
    for (let n = 0; n < 100; n++) {
      for (let at = 0; at < 6; at++) stream.write(new Uint8Array(10 * kib));
      await readAll(connection);
    }
    expect([out.destroyed, ends]).toEqual([false, []]);
  });

  test("is ready for more when it has read, and never again when it has ended", async () => {
    const connection = createConnection();
    const { stream, out } = connection;
    expect(await stream.ready()).toBe(true);
    stream.write(new Uint8Array(64 * kib));
    let goesOn: boolean | undefined;
    const waiting = stream.ready().then((answer) => {
      goesOn = answer;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(goesOn).toBeUndefined();
    await readAll(connection);
    await waiting;
    expect(goesOn).toBe(true);
    stream.write(new Uint8Array(64 * kib));
    const left = stream.ready();
    out.destroy();
    expect([await left, await stream.ready()]).toEqual([false, false]);
  });

  test("is ended as left for a person who left before it was made, or whose connection breaks", async () => {
    const gone = createConnection();
    gone.out.removeAllListeners();
    gone.out.destroy();
    gone.stream.write(new Uint8Array(1));
    const broken = createConnection();
    broken.out.destroy(new Error("the connection was reset"));
    broken.stream.write(new Uint8Array(1));
    await new Promise((resolve) => setImmediate(resolve));
    expect([gone.ends, broken.ends]).toEqual([["left"], ["left"]]);
  });

  test("sends its pending frames before it ends", async () => {
    const connection = createConnection();
    const { stream, out, ends } = connection;
    stream.write(new Uint8Array(30 * kib));
    stream.end();
    expect([out.destroyed, ends]).toEqual([false, ["ended"]]);
    await readAll(connection);
    expect(out.writableFinished).toBe(true);
  });
});
