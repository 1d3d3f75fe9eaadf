import { afterEach, describe, expect, test } from "vitest";
import type { DiskUsage } from "../../src/ports/disk-usage.js";

/** Folders of sandboxes, and what counts them. */
export interface DiskUsageUnderTest {
  disk: DiskUsage;
  /** Makes the sandbox with this id, running nothing, and with empty folders. */
  make(id: string): Promise<void>;
  /** Runs a shell script as the agent, in its work folder; `$HOME` is its home. */
  run(id: string, script: string): Promise<void>;
  close(): Promise<void>;
}

export interface DiskUsageContract {
  name: string;
  open(): Promise<DiskUsageUnderTest>;
  timeoutMs?: number;
}

const mebibyte = 1_024 * 1_024;
const write = (path: string, megabytes: number) =>
  `dd if=/dev/zero of="${path}" bs=1M count=${megabytes} conv=fsync 2>/dev/null`;

/** The contract of `DiskUsage`. */
export function describeDiskUsage({ name, open, timeoutMs = 20_000 }: DiskUsageContract): void {
  describe(`disk usage: ${name}`, { timeout: timeoutMs }, () => {
    let opened: DiskUsageUnderTest | undefined;
    afterEach(async () => {
      await opened?.close();
      opened = undefined;
    });

    async function withSandboxes(...ids: string[]): Promise<DiskUsageUnderTest> {
      opened = await open();
      for (const id of ids) await opened.make(id);
      return opened;
    }

    async function bytesOf({ disk }: DiskUsageUnderTest, id: string): Promise<number> {
      return (await disk.count([id])).get(id) ?? Number.NaN;
    }

    test("counts home and work folder of each sandbox apart, and leaves out what is not there", async () => {
      const parts = await withSandboxes("one", "two");
      await parts.run("one", `${write("a", 3)}; ${write("$HOME/b", 2)}`);
      const counted = await parts.disk.count(["one", "nobody", "two"]);
      expect([...counted.keys()].sort()).toEqual(["one", "two"]);
      expect(counted.get("one")).toBeGreaterThanOrEqual(5 * mebibyte);
      expect(counted.get("one")).toBeLessThan(6 * mebibyte);
      expect(counted.get("two")).toBeLessThan(mebibyte);
      expect(await parts.disk.count([])).toEqual(new Map());
    });

    test("counts blocks: a hole in a file costs nothing, and a second name for it neither", async () => {
      const parts = await withSandboxes("one");
      await parts.run("one", `${write("a", 3)}; ln a b; truncate -s 900G hole`);
      expect(await bytesOf(parts, "one")).toBeGreaterThanOrEqual(3 * mebibyte);
      expect(await bytesOf(parts, "one")).toBeLessThan(4 * mebibyte);
    });

    test("follows no link out of the folders", async () => {
      const parts = await withSandboxes("one", "two");
      await parts.run("two", write("a", 4));
      await parts.run("one", "ln -s / root; ln -s ../../two/work other; ln -s /count count");
      expect(await bytesOf(parts, "one")).toBeLessThan(mebibyte);
    });

    test("takes names with spaces, line feeds and dashes as they are", async () => {
      const parts = await withSandboxes("one");
      await parts.run("one", `mkdir -- '-x' "$(printf 'a\\nb 9999999 9')"; ${write("-x/../-n 1 1", 2)}`);
      expect(await bytesOf(parts, "one")).toBeGreaterThanOrEqual(2 * mebibyte);
      expect(await bytesOf(parts, "one")).toBeLessThan(3 * mebibyte);
    });

    test("sees less once files are deleted", async () => {
      const parts = await withSandboxes("one");
      await parts.run("one", write("a", 5));
      const before = await bytesOf(parts, "one");
      await parts.run("one", "rm a");
      expect(before - (await bytesOf(parts, "one"))).toBeGreaterThanOrEqual(5 * mebibyte);
    });
  });
}
