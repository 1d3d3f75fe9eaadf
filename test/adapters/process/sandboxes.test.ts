import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { createProcessSandboxes } from "../../../adapters/process/sandboxes.js";
import type { Sandbox, Sandboxes } from "../../../src/ports/sandboxes.js";
import { describeSandboxes, linesOf, obedientScript } from "../../contract/sandboxes.js";

const path = process.env.PATH ?? "";

async function newSandboxes(): Promise<{ dir: string; reopen: () => Promise<Sandboxes> }> {
  const dir = await mkdtemp(join(tmpdir(), "sandboxes-"));
  const reopen = async () =>
    createProcessSandboxes({ dir, path, clock: createSystemClock(), logger: createMemoryLogger() });
  return { dir, reopen };
}

describeSandboxes({
  name: "processes",
  make: async () => {
    const { dir, reopen } = await newSandboxes();
    const stop = () => rm(dir, { recursive: true, force: true });
    return { sandboxes: await reopen(), command: ["bash", "-c", obedientScript], reopen, stop };
  },
});

describe("a process", () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const limits = { memoryMb: 64, cpus: 1, pids: 32 };
  const started = async (script: string, more: { env?: Record<string, string>; socketDir?: string } = {}) => {
    const { dir, reopen } = await newSandboxes();
    const sandboxes = await reopen();
    const spec = { id: "one", labels: {}, command: ["bash", "-c", script], env: {}, limits, ...more };
    const sandbox = await sandboxes.start(spec);
    closing.push(async () => {
      await sandboxes.remove("one", { volumes: true });
      await sandboxes.close();
      await rm(dir, { recursive: true, force: true });
    });
    return { dir, sandbox, sandboxes, reopen };
  };
  const says = async (sandbox: Sandbox) => linesOf(await sandbox.attach());

  test("has a home, a temporary and a work folder of its own, and only the environment it was given", async () => {
    const { dir, sandbox } = await started('echo "$HOME|$TMPDIR|$PWD|$SECRET|$GIVEN|$SOCKET"', {
      env: { GIVEN: "yes", SOCKET: "/run/parley/proxy.sock" },
      socketDir: "/tmp/sockets",
    });
    const line = await (await says(sandbox)).next();
    const folders = ["home", "tmp", "work"].map((name) => join(dir, "one", name));
    expect(line).toBe([...folders, "", "yes", "/tmp/sockets/proxy.sock"].join("|"));
  });

  test("ends its children with itself", async () => {
    const { dir, sandbox } = await started('sleep 300 & echo "$!" > left; exit 3');
    expect(await sandbox.exited()).toEqual({ code: 3, outOfMemory: false });
    const pid = (await readFile(join(dir, "one", "work", "left"), "utf8")).trim();
    const stat = () => readFile(`/proc/${pid}/stat`, "utf8").catch(() => "gone");
    await expect.poll(stat).toMatch(/^gone$|\) [ZX] /);
  });

  test("that cannot be started says why on stderr and ends with 127", async () => {
    const { sandbox } = await started("exec no-such-program-here");
    const pipes = await sandbox.attach();
    expect(await linesOf(pipes, "stderr").next()).toContain("no-such-program-here");
    expect(await sandbox.exited()).toMatchObject({ code: 127 });
  });

  test("keeps printing without a reader, and the next reader gets all of it", async () => {
    const { sandbox, sandboxes, reopen } = await started('echo first; read -r _; echo "while nobody read"; sleep 300');
    const pipes = await sandbox.attach();
    expect(await linesOf(pipes).next()).toBe("first");
    const sinceMs = Date.now() + 1;
    await new Promise<void>((resolve) => pipes.stdin.write("go\n", () => resolve()));
    await sandboxes.close();
    const others = await reopen();
    const again = await others.start({ id: "one", labels: {}, command: ["true"], env: {}, limits });
    expect(again.reattached).toBe(true);
    const heard = linesOf(await again.attach({ missedSinceMs: sinceMs }));
    expect(await heard.next()).toBe("while nobody read");
    await others.remove("one", { volumes: false });
    await others.close();
  });

  test("has no isolation, and says so", async () => {
    const { sandboxes } = await started("sleep 300");
    expect(await sandboxes.check()).toMatchObject({ ok: true, detail: expect.stringContaining("without walls") });
  });
});
