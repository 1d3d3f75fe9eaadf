import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { carryLines } from "../../../adapters/kit/lasting-pipes.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { PortError } from "../../../src/ports/port-error.js";
import type { SandboxExit, SandboxPipes } from "../../../src/ports/sandboxes.js";
import { until } from "../../support/until.js";

const lost = () => new PortError("lost", { code: "unavailable", retryable: true, outage: "Docker does not answer" });

/** A process that prints nothing by itself: the test prints for it and reads its input. */
function createProcess() {
  const printed: string[] = [];
  const written: string[] = [];
  let pipes: { stdin: PassThrough; stdout: PassThrough; stderr: PassThrough } | undefined;
  let refusals = 0;
  let end = (_exit: SandboxExit) => {};
  const exited = new Promise<SandboxExit>((resolve) => {
    end = resolve;
  });

  function connect({ again = false } = {}): SandboxPipes {
    const made = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
    made.stdin.on("data", (bytes: Buffer) => written.push(...String(bytes).trim().split("\n")));
    if (again) for (const line of printed) made.stdout.write(`${line}\n`);
    pipes = made;
    return made;
  }

  return {
    written,
    connect,
    sandbox: {
      exited: () => exited,
      attach: async () => {
        refusals -= 1;
        if (refusals >= 0) throw lost();
        return connect({ again: true });
      },
    },
    refuse: (times: number) => {
      refusals = times;
    },
    /** Always printed; received live only while connected. */
    print(line: string, { heard = `${line}\n` } = {}) {
      printed.push(line);
      pipes?.stdout.write(heard);
    },
    cut() {
      pipes?.stdout.destroy(lost());
      pipes = undefined;
    },
    end(exit: SandboxExit) {
      pipes?.stdout.end();
      end(exit);
    },
  };
}

function carry(process: ReturnType<typeof createProcess>) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const links: boolean[] = [];
  let text = "";
  output.on("data", (bytes: Buffer) => {
    text += String(bytes);
  });
  const abandoned = new AbortController();
  const carried = carryLines({
    sandbox: process.sandbox,
    first: process.connect(),
    input,
    output,
    onStderr: () => {},
    onLink: (cause) => links.push(cause === undefined),
    abandoned: abandoned.signal,
    clock: createSystemClock(),
  });
  carried.catch(() => {});
  return { input, links, carried, abandoned, lines: () => text.split("\n").slice(0, -1) };
}

test("lines that are printed while the connection is lost come once, in order, and so do those around it", async () => {
  const process = createProcess();
  const { lines, links, carried } = carry(process);
  process.print("one");
  process.print("two, whose end is not heard", { heard: "two, whose" });
  await until("it is seen", () => lines().length === 1);
  process.refuse(2);
  process.cut();
  process.print("three");
  await until("it is seen", () => links.includes(true));
  process.print("four");
  process.end({ code: 0, outOfMemory: false });
  expect(await carried).toEqual({ code: 0, outOfMemory: false });
  expect(lines()).toEqual(["one", "two, whose end is not heard", "three", "four"]);
  expect(links).toEqual([false, true]);
});

test("lines that may not have arrived are written again, before those that came meanwhile", async () => {
  const process = createProcess();
  const { input, links } = carry(process);
  input.write("do 1\n");
  await until("it is seen", () => process.written.length === 1);
  process.refuse(1);
  process.cut();
  await until("it is seen", () => links.length === 1);
  input.write("do 2\n");
  await until("it is seen", () => process.written.length === 3);
  expect(process.written).toEqual(["do 1", "do 1", "do 2"]);
});

test("reports a process that ended meanwhile, with its last output", async () => {
  const process = createProcess();
  const { lines, links, carried } = carry(process);
  process.print("one");
  await until("it is seen", () => lines().length === 1);
  process.refuse(1);
  process.cut();
  await until("it is seen", () => links.length === 1);
  process.print("last");
  process.end({ code: 143, outOfMemory: false, byEngine: true });
  expect(await carried).toMatchObject({ code: 143, byEngine: true });
  expect(lines()).toEqual(["one", "last"]);
});

test("an abandoned process is not waited for", async () => {
  const process = createProcess();
  const { links, carried, abandoned } = carry(process);
  process.refuse(1_000);
  process.cut();
  await until("it is seen", () => links.length === 1);
  abandoned.abort(new Error("stopped"));
  await expect(carried).rejects.toThrow("stopped");
});

test("a line of more than a mebibyte comes whole", async () => {
  const process = createProcess();
  const { lines } = carry(process);
  const long = "x".repeat(3 * 1_024 * 1_024);
  process.print(long);
  process.print("next");
  await until("it is seen", () => lines().length === 2);
  expect(lines()[0]?.length).toBe(long.length);
});
