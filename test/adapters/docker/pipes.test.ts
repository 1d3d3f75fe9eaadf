import { Duplex } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFrameReader, splitOutput } from "../../../adapters/docker/frames.js";
import { createPipes, type PipedOutput } from "../../../adapters/docker/pipes.js";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";

const frame = (type: 1 | 2, text: string): Buffer => {
  const bytes = Buffer.from(text);
  const header = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
};

describe("frames", () => {
  test("are read the same however they are cut", () => {
    const frames = fc.array(fc.tuple(fc.constantFrom(1 as const, 2 as const), fc.string({ unit: "grapheme" })));
    const property = fc.property(frames, fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (said, cuts) => {
      const all = Buffer.concat(said.map(([type, text]) => frame(type, text)));
      const reader = createFrameReader();
      const heard = { stdout: "", stderr: "" };
      for (let at = 0, turn = 0; at < all.length; turn++) {
        const size = cuts[turn % cuts.length] ?? 1;
        for (const { stream, bytes } of reader.read(all.subarray(at, at + size)))
          heard[stream] += bytes.toString("latin1");
        at += size;
      }
      for (const [type, stream] of [
        [1, "stdout"],
        [2, "stderr"],
      ] as const) {
        const text = said
          .filter(([of]) => of === type)
          .map(([, words]) => words)
          .join("");
        expect(Buffer.from(heard[stream], "latin1").toString()).toBe(text);
        expect(splitOutput(all)[stream].toString()).toBe(text);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("of an unknown kind are an error, not output", () => {
    expect(() => createFrameReader().read(Buffer.from("HTTP/1.1"))).toThrow("unknown type");
  });
});

/** The engine's side of a connection, in the test's hand. */
const engine = () => {
  const heard: string[] = [];
  const connection = new Duplex({
    read() {},
    write: (chunk: Buffer, _encoding, done) => {
      heard.push(String(chunk));
      done();
    },
  });
  return { connection, heard };
};
const setUp = (more: { readLog?: () => Promise<PipedOutput> } = {}) => {
  const clock = createManualClock(0);
  const { connection, heard } = engine();
  let exit = () => {};
  const exited = new Promise<void>((resolve) => {
    exit = resolve;
  });
  const held = createPipes({ connection, exited, clock, logger: createMemoryLogger(), ...more });
  return { clock, connection, heard, exit, ...held, ...held.pipes };
};
const textOf = async (stream: AsyncIterable<unknown>): Promise<string> => {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
};
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("pipes", () => {
  test("end when the main process ended", async () => {
    const { connection, exit, stdout, stderr, stdin } = setUp();
    connection.push(Buffer.concat([frame(1, "out"), frame(2, "err")]));
    connection.push(null);
    exit();
    expect([await textOf(stdout), await textOf(stderr)]).toEqual(["out", "err"]);
    expect(stdin.destroyed).toBe(true);
  });

  test("are destroyed with an error when the connection is lost while the process runs", async () => {
    for (const loss of [undefined, new Error("ECONNRESET")]) {
      const { clock, connection, stdout, stdin } = setUp();
      connection.push(frame(1, "half a li"));
      await settled();
      if (loss) connection.destroy(loss);
      else connection.push(null);
      const reading = textOf(stdout);
      const outcome = expect(reading).rejects.toMatchObject({ code: "unavailable", retryable: true });
      await settled();
      await settled();
      clock.advance(5_000);
      await outcome;
      expect(stdin.destroyed).toBe(true);
    }
  });

  test("do not end the router when their errors have no listener", async () => {
    const { clock, connection, stderr } = setUp();
    connection.destroy(new Error("gone"));
    await settled();
    clock.advance(5_000);
    await expect.poll(() => stderr.destroyed).toBe(true);
  });

  test("keep at most a mebibyte of unread stderr, and continue", async () => {
    const { connection, exit, stdout, stderr } = setUp();
    for (let count = 0; count < 64; count++) connection.push(frame(2, "x".repeat(100_000)));
    connection.push(frame(1, "done"));
    connection.push(null);
    exit();
    expect(await textOf(stdout)).toBe("done");
    expect((await textOf(stderr)).length).toBeLessThanOrEqual(1_100_000);
  });

  test("begin with the log, read it again for an incomplete line, and continue live", async () => {
    let log = "one\ntwo\n";
    const { clock, connection, exit, stdout } = setUp({
      readLog: async () => ({ stdout: Buffer.from(log), stderr: Buffer.alloc(0) }),
    });
    const heard: string[] = [];
    stdout.on("data", (chunk) => heard.push(String(chunk)));
    await expect.poll(() => heard.join("")).toBe("one\ntwo\n");
    // The connection opened in the middle of the third line.
    connection.push(frame(1, "ree\nfo"));
    await settled();
    log = "one\ntwo\nthree\n";
    clock.advance(100);
    await expect.poll(() => heard.join("")).toBe("one\ntwo\nthree\nfo");
    connection.push(frame(1, "ur\n"));
    await expect.poll(() => heard.join("")).toBe("one\ntwo\nthree\nfour\n");
    connection.push(null);
    exit();
    await expect.poll(() => stdout.readableEnded).toBe(true);
  });

  test("end with the whole log when the main process ended before anything came live", async () => {
    let log = "one\n";
    const { connection, exit, stdout } = setUp({
      readLog: async () => ({ stdout: Buffer.from(log), stderr: Buffer.alloc(0) }),
    });
    await settled();
    log = "one\ntwo\nwithout an end";
    connection.push(null);
    exit();
    expect(await textOf(stdout)).toBe("one\ntwo\nwithout an end");
  });

  test("take input as it is, and its end for nothing", async () => {
    const { stdin, heard, connection, close, stdout } = setUp();
    await new Promise<void>((resolve) => stdin.end("last words\n", () => resolve()));
    expect(heard).toEqual(["last words\n"]);
    expect(connection.writableEnded).toBe(false);
    stdout.resume();
    close();
    await expect.poll(() => stdout.readableEnded).toBe(true);
  });
});
