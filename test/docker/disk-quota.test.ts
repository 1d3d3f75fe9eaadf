import { afterAll, expect, test, vi } from "vitest";
import { createDockerDiskUsage } from "../../adapters/docker/disk-usage.js";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../adapters/docker/image/claude-code-release.js";
import { createDockerSandboxes } from "../../adapters/docker/sandboxes.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import type { Room } from "../../src/core/room/room.js";
import { createDiskQuota } from "../../src/runtime/sandbox/disk-quota.js";
import { linesOf, obedientScript } from "../contract/sandboxes.js";
import { newInstallationId } from "../support/docker-installation.js";
import { needsDocker } from "../support/require.js";

const mebibyte = 1_024 * 1_024;
const quotaBytes = 50 * mebibyte;
const patience = { timeout: 120_000, interval: 200 };

/** Writes 2 GB into its work folder, 8 MB at a time, as fast as it may, and says when it is through. */
const hostile = `
for part in $(seq 256); do dd if=/dev/zero of=part-$part bs=1M count=8 2>/dev/null; sleep 0.2; done
echo through; sleep 600`;

needsDocker()("a disk quota over containers", () => {
  const closing: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of closing) await close();
  });

  function openQuota() {
    const installationId = newInstallationId();
    const image = agentImageTag(CLAUDE_CODE_VERSION);
    const [clock, logger] = [createSystemClock(), createMemoryLogger()];
    const notices: { roomId: string; text: string }[] = [];
    const rooms = {
      peek: async (_roomId: string, look: (room: Room) => unknown) => look({ participants: new Map() } as never),
      execute: async (roomId: string, { text }: { text: string }) => void notices.push({ roomId, text }),
    };
    const engine = createDockerSandboxes({ installationId, image, clock, logger });
    const disk = createDockerDiskUsage({ installationId, image, clock });
    const quota = createDiskQuota({ sandboxes: engine, disk, rooms: rooms as never, quotaBytes, clock, logger });
    const start = (roomId: string, script: string) => {
      const limits = { memoryMb: 256, cpus: 1, pids: 64 };
      const labels = { room: roomId, agent: "mia" };
      return quota.sandboxes.start({ id: `mia_${roomId}`, labels, command: ["bash", "-c", script], env: {}, limits });
    };
    const stateOf = async (roomId: string) => (await engine.list()).find(({ id }) => id === `mia_${roomId}`)?.state;
    closing.push(async () => {
      quota.stop();
      for (const roomId of ["r1", "r2"]) await engine.remove(`mia_${roomId}`, { volumes: true });
      await engine.close();
    });
    return { disk, quota, start, stateOf, notices };
  }

  test("stops an agent that writes 2 GB near its 50 MB, and another room's agent goes on", {
    timeout: 240_000,
  }, async () => {
    const { disk, quota, start, stateOf, notices } = openQuota();
    const decent = await (await start("r2", obedientScript)).attach();
    const lines = linesOf(decent);
    const answerTo = async (text: string) => {
      decent.stdin.write(`say ${text}\n`);
      return lines.next();
    };
    expect(await answerTo("before")).toBe("before");
    const bad = await start("r1", hostile);
    await vi.waitFor(async () => expect(await stateOf("r1")).toBe("paused"), patience);
    expect(await answerTo("while the other is paused")).toBe("while the other is paused");
    const usedBytes = (await disk.count(["mia_r1"])).get("mia_r1") ?? 0;
    expect(usedBytes).toBeGreaterThan(quotaBytes);
    expect(usedBytes).toBeLessThan(1_024 * mebibyte);
    expect(notices).toEqual([{ roomId: "r1", text: expect.stringContaining("disk quota") }]);
    expect(quota.of({ roomId: "r2", name: "mia" })).toMatchObject({ usedBytes: expect.any(Number) });
    expect(await stateOf("r2")).toBe("running");

    await bad.stop({ graceMs: 0 });
    const back = await start("r1", "rm -f part-*; echo cleaned; sleep 600");
    expect(await linesOf(await back.attach()).next()).toBe("cleaned");
    await vi.waitFor(
      () => expect(quota.of({ roomId: "r1", name: "mia" })?.usedBytes).toBeLessThan(quotaBytes),
      patience,
    );
    expect(await stateOf("r1")).toBe("running");
    process.stderr.write(`stopped at ${Math.round(usedBytes / mebibyte)} MB of 50 MB\n`);
  });

  test("never pauses an agent that stays below its quota", { timeout: 240_000 }, async () => {
    const { quota, start, stateOf, notices } = openQuota();
    const work =
      "for round in $(seq 40); do dd if=/dev/zero of=a bs=1M count=40 2>/dev/null; rm a; done; echo through; sleep 600";
    const sandbox = await start("r1", work);
    expect(await linesOf(await sandbox.attach()).next()).toBe("through");
    await vi.waitFor(() => expect(quota.of({ roomId: "r1", name: "mia" })).toBeDefined(), patience);
    expect([await stateOf("r1"), notices]).toEqual(["running", []]);
  });
});
