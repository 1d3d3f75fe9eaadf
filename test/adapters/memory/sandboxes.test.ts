import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemorySandboxes, createSandboxMachine, type MainProcess } from "../../../adapters/memory/sandboxes.js";
import type { SandboxSpec } from "../../../src/ports/sandboxes.js";

const spec: SandboxSpec = {
  id: "r1-mia",
  labels: { room: "r1" },
  command: ["agent"],
  env: {},
  limits: { memoryMb: 64, cpus: 1, pids: 16 },
};

/** Echoes its input, counts in its home, and ends on request. */
const echo: MainProcess = async ({ stdin, stdout, signal, home }) => {
  home.set("starts", String(Number(home.get("starts") ?? 0) + 1));
  const lines = createInterface({ input: stdin });
  signal.addEventListener("abort", () => lines.close());
  for await (const line of lines) {
    if (line === "exit") return 3;
    stdout.write(`${home.get("starts")} ${line}\n`);
  }
  return 0;
};

const open = (main: MainProcess = echo) => {
  const clock = createManualClock(1_000);
  return { clock, sandboxes: createMemorySandboxes({ main, clock }) };
};

test("a sandbox talks over its pipes, also to a later attachment", async () => {
  const { clock, sandboxes } = open();
  const sandbox = await sandboxes.start(spec);
  const first = await sandbox.attach();
  first.stdin.write("one\n");
  expect(String(await once(first.stdout, "data"))).toBe("1 one\n");
  clock.advance(500);
  first.stdin.write("two\n");
  expect(String(await once(first.stdout, "data"))).toBe("1 two\n");
  const held = await sandboxes.start(spec);
  expect([sandbox.reattached, held.reattached]).toEqual([false, true]);
  const again = await held.attach({ missedSinceMs: 1_500 });
  expect(String(await once(again.stdout, "data"))).toBe("1 two\n");
  again.stdin.write("exit\n");
  expect(await sandbox.exited()).toEqual({ code: 3, outOfMemory: false });
  await expect(sandbox.attach()).rejects.toMatchObject({ code: "closed" });
});

test("a sandbox that was started again has its home, until that is removed", async () => {
  const { sandboxes } = open();
  const says = async () => {
    const sandbox = await sandboxes.start(spec);
    const { stdin, stdout } = await sandbox.attach();
    stdin.write("hi\n");
    const text = String(await once(stdout, "data"));
    await sandbox.stop({ graceMs: 1_000 });
    expect(await sandbox.exited()).toEqual({ code: 0, outOfMemory: false });
    return text;
  };
  expect([await says(), await says()]).toEqual(["1 hi\n", "2 hi\n"]);
  expect(await sandboxes.list()).toEqual([{ id: "r1-mia", labels: { room: "r1" }, state: "exited" }]);
  await sandboxes.remove("r1-mia", { volumes: true });
  await sandboxes.remove("r1-mia", { volumes: true });
  expect(await sandboxes.list()).toEqual([]);
  expect(await says()).toBe("1 hi\n");
});

test("one that does not listen is killed after the grace, and one may die by itself", async () => {
  const { clock, sandboxes } = open(() => new Promise(() => undefined));
  const deaf = await sandboxes.start(spec);
  const stopping = deaf.stop({ graceMs: 1_000 });
  clock.advance(1_000);
  await stopping;
  expect(await deaf.exited()).toEqual({ code: 137, outOfMemory: false });
  const dying = await sandboxes.start(spec);
  sandboxes.kill("r1-mia", { outOfMemory: true });
  expect(await dying.exited()).toEqual({ code: 137, outOfMemory: true });
});

test("a paused one receives nothing until it is resumed", async () => {
  const { sandboxes } = open();
  const sandbox = await sandboxes.start(spec);
  const { stdin, stdout } = await sandbox.attach();
  await sandbox.pause();
  stdin.write("late\n");
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect((await sandboxes.list())[0]?.state).toBe("paused");
  expect(stdout.readableLength).toBe(0);
  await sandbox.resume();
  expect(String(await once(stdout, "data"))).toBe("1 late\n");
});

test("stays running for the next process after a release", async () => {
  const machine = createSandboxMachine();
  const clock = createManualClock(1_000);
  const first = createMemorySandboxes({ main: echo, clock, machine });
  const sandbox = await first.start(spec);
  const exited = sandbox.exited();
  const { stdout } = await sandbox.attach();
  const ended = once(stdout.resume(), "end");
  await first.close();
  await ended;
  await expect(exited).rejects.toMatchObject({ code: "closed" });
  const held = await createMemorySandboxes({ main: echo, clock, machine }).start(spec);
  expect(held.reattached).toBe(true);
  const pipes = await held.attach();
  pipes.stdin.write("still here\n");
  expect(String(await once(pipes.stdout, "data"))).toBe("1 still here\n");
});

test("one that runs with other walls is replaced, and its home stays", async () => {
  const { sandboxes } = open();
  const narrow = await sandboxes.start(spec);
  const wide = await sandboxes.start({ ...spec, limits: { ...spec.limits, memoryMb: 128 } });
  expect(await narrow.exited()).toEqual({ code: 137, outOfMemory: false });
  expect(wide.reattached).toBe(false);
  const { stdin, stdout } = await wide.attach();
  stdin.write("hi\n");
  expect(String(await once(stdout, "data"))).toBe("2 hi\n");
});
