import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { spawnInSandbox } from "../../../adapters/claude-code/claude-process.js";
import type { Sandbox } from "../../../src/ports/sandboxes.js";
import { deferred } from "../../support/deferred.js";
import { realClock } from "../../support/stub-clock.js";

const megabyte = 1_024 * 1_024;

/** A sandbox whose main process is a shell of this machine, with real pipes. */
function sandboxRunning(script: string): Sandbox {
  const child = spawn("sh", ["-c", script], { stdio: "pipe" });
  const ended = once(child, "exit").then(([code]) => ({ code: Number(code), outOfMemory: false }));
  return {
    id: "hostile",
    reattached: false,
    attach: async () => ({ stdin: child.stdin, stdout: child.stdout, stderr: child.stderr }),
    exited: () => ended,
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
    pause: async () => {},
    resume: async () => {},
  };
}

function run(script: string) {
  const process = spawnInSandbox({ start: async () => sandboxRunning(script), secrets: [], clock: realClock });
  let told = 0;
  process.onDroppedLine(() => {
    told += 1;
  });
  return { process, told: () => told };
}

test("a process that prints 96 MB without a line feed costs one line of memory, and its next line is read", async () => {
  const { process: claude, told } = run(
    `head -c ${96 * megabyte} /dev/zero | tr '\\0' x; echo; echo '{"type":"fine"}'`,
  );
  const before = process.memoryUsage().rss;
  let most = 0;
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss - before);
  }, 5);
  const lines: string[] = [];
  for await (const line of createInterface({ input: claude.spawned.stdout })) lines.push(line);
  clearInterval(look);
  expect(lines).toEqual(['{"type":"fine"}']);
  expect(told()).toBe(1);
  expect(claude.droppedLines).toBe(1);
  // Without the limit the text alone takes 96 MB, and twice that while it grows.
  expect(most).toBeLessThan(80 * megabyte);
});

test("a line of more values than are parsed at once is dropped, and a line of one long text is read", async () => {
  const text = `{"text":"${"[{,".repeat(5_000)}"}`;
  const { process: claude, told } = run(`yes '{},' | head -n 30001 | tr -d '\\n'; echo; printf '%s\\n' '${text}'`);
  const lines: string[] = [];
  for await (const line of createInterface({ input: claude.spawned.stdout })) lines.push(line);
  expect(lines).toEqual([text]);
  expect(told()).toBe(1);
});

test("a process whose output is held is held back itself, and loses nothing", async () => {
  const { process: claude } = run(
    "i=0; while [ $i -lt 64 ]; do head -c 65535 /dev/zero | tr '\\0' y; echo; i=$((i+1)); done",
  );
  const free = deferred();
  claude.holdOutput(free.promise);
  await claude.started;
  let bytes = 0;
  claude.spawned.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  for (let round = 0; round < 20; round++) await new Promise((resolve) => setImmediate(resolve));
  expect(bytes).toBe(0);
  expect(claude.spawned.exitCode).toBeNull();
  free.resolve();
  await once(claude.spawned.stdout, "end");
  expect(bytes).toBe(64 * 65_536);
});
