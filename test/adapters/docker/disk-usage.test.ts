import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import Docker from "dockerode";
import { afterAll, expect, test } from "vitest";
import { createDockerDiskUsage } from "../../../adapters/docker/disk-usage.js";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../../adapters/docker/image/claude-code-release.js";
import { createDockerSandboxes } from "../../../adapters/docker/sandboxes.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import type { Sandbox } from "../../../src/ports/sandboxes.js";
import { describeDiskUsage } from "../../contract/disk-usage.js";
import { newInstallationId } from "../../support/docker-installation.js";
import { needsDocker } from "../../support/require.js";

const image = agentImageTag(CLAUDE_CODE_VERSION);
const limits = { memoryMb: 256, cpus: 1, pids: 64 };
const clock = createSystemClock();

function openHere() {
  const installationId = newInstallationId();
  const sandboxes = createDockerSandboxes({ installationId, image, clock, logger: createMemoryLogger() });
  const disk = createDockerDiskUsage({ installationId, image, clock });
  const held = new Map<string, Sandbox>();
  return {
    installationId,
    sandboxes,
    disk,
    held,
    async make(id: string) {
      held.set(id, await sandboxes.start({ id, labels: {}, command: ["sleep", "600"], env: {}, limits }));
    },
    async run(id: string, script: string) {
      const ran = await held.get(id)?.exec?.(["bash", "-c", script]);
      expect(ran).toMatchObject({ code: 0 });
    },
    async close() {
      for (const id of held.keys()) await sandboxes.remove(id, { volumes: true });
      await sandboxes.close();
    },
  };
}

needsDocker()("volumes of containers", () => {
  const opened: ReturnType<typeof openHere>[] = [];
  afterAll(async () => {
    for (const one of opened) await one.close();
  });
  const open = async () => {
    const one = openHere();
    opened.push(one);
    return one;
  };

  describeDiskUsage({ name: "containers", timeoutMs: 120_000, open });

  test("counts what its agent locked away, while it is paused and after its end", { timeout: 120_000 }, async () => {
    const parts = await open();
    await parts.make("one");
    await parts.run("one", "mkdir d; dd if=/dev/zero of=d/a bs=1M count=7 2>/dev/null; chmod 000 d; sync");
    const bytes = async () => (await parts.disk.count(["one"])).get("one") ?? 0;
    expect(await bytes()).toBeGreaterThanOrEqual(7 * 1_024 * 1_024);
    await parts.held.get("one")?.pause();
    expect(await bytes()).toBeGreaterThanOrEqual(7 * 1_024 * 1_024);
    await parts.sandboxes.remove("one", { volumes: false });
    expect(await bytes()).toBeGreaterThanOrEqual(7 * 1_024 * 1_024);
    expect(await parts.sandboxes.list()).toEqual([]);
    const docker = new Docker();
    const label = [`dev.parley.disk-usage=${parts.installationId}`];
    expect(await docker.listContainers({ all: true, filters: { label } })).toEqual([]);
  });

  test("volumes can be removed while they are counted, and are not made again", { timeout: 120_000 }, async () => {
    const parts = await open();
    await parts.make("one");
    for (let round = 1; round <= 3; round++) {
      const counting = parts.disk.count(["one"]);
      await parts.sandboxes.remove("one", { volumes: true });
      await counting.catch(() => {});
      expect(await parts.disk.count(["one"])).toEqual(new Map());
      expect(await parts.sandboxes.homes()).toEqual([]);
      await parts.make("one");
    }
  });

  test("a process that is killed while it counts leaves no container", { timeout: 120_000 }, async () => {
    const parts = await open();
    await parts.make("one");
    const program = fileURLToPath(new URL("./count-once.ts", import.meta.url));
    const args = ["--import", "tsx", program, parts.installationId, image, "one"];
    const filters = { label: [`dev.parley.disk-usage=${parts.installationId}`] };
    const states = async () =>
      (await new Docker().listContainers({ all: true, filters })).map(({ State: state }) => state);
    for (let round = 1; round <= 3; round++) {
      const counting = spawn(process.execPath, args, { stdio: "ignore" });
      await expect.poll(states, { timeout: 60_000, interval: 20 }).toEqual(["running"]);
      counting.kill("SIGKILL");
      await once(counting, "exit");
      await expect.poll(states, { timeout: 60_000 }).toEqual([]);
    }
  });

  test("a file is counted with what a file system keeps for it, empty or not", { timeout: 120_000 }, async () => {
    const parts = await open();
    await parts.make("one");
    await parts.run("one", "for i in $(seq 5000); do : > f$i; done");
    expect((await parts.disk.count(["one"])).get("one")).toBeGreaterThan(5_000 * 1_024);
  });
});
