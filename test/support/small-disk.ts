import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import type { SuiteRunner } from "./require.js";

const run = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { stdio: "ignore", timeout: 10_000 }).status === 0;

export interface SmallDisk {
  dir: string;
  resize(bytes: number): void;
  remove(): void;
}

/** A file system in memory that is full after `bytes`; undefined where this user may not mount one. */
export function mountSmallDisk(bytes: number): SmallDisk | undefined {
  const dir = mkdtempSync(join(tmpdir(), "parley-small-"));
  if (!run("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", dir)) {
    rmSync(dir, { recursive: true });
    return undefined;
  }
  return {
    dir,
    resize(size) {
      if (!run("mount", "-o", `remount,size=${size}`, dir)) throw new Error(`${dir} could not be resized`);
    },
    remove() {
      // Lazily: a test that failed may still have a file open on it.
      run("umount", "-l", dir);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Usage: `needsSmallDisk()("a full disk", () => { … })`. Skips where this user may not mount. */
export function needsSmallDisk(): SuiteRunner {
  const disk = mountSmallDisk(65_536);
  disk?.remove();
  if (disk !== undefined || process.env.PARLEY_TEST_ALL === "1") return describe;
  return (title, body) => describe.skip(`${title} [skipped: this user may not mount a file system]`, body);
}
