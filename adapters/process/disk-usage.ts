import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { promisify } from "node:util";
import type { DiskUsage } from "../../src/ports/disk-usage.js";
import { foldersOf } from "./run-folder.js";

const run = promisify(execFile);
const timeoutMs = 20_000;

/** Counts the folders that process sandboxes keep in `dir`, with `du` of this host (POSIX: `-s -k -x`). */
export function createProcessDiskUsage({ dir, path }: { dir: string; path: string }): DiskUsage {
  async function bytesOf(folders: readonly string[]): Promise<number | undefined> {
    // Partial sums count: files may be removed while it looks.
    const counted = await run("du", ["-skx", "--", ...folders], { timeout: timeoutMs, env: { PATH: path } }).catch(
      (error: { stdout?: string; killed?: boolean }) => error,
    );
    if ("killed" in counted && counted.killed) return undefined;
    const lines = (counted.stdout ?? "").split("\n").filter((line) => line !== "");
    if (lines.length < folders.length) return undefined;
    return lines.reduce((sum, line) => sum + Number.parseInt(line, 10), 0) * 1_024;
  }

  async function countOne(id: string): Promise<[string, number | undefined][]> {
    const { home, work, tmp } = foldersOf(dir, id);
    const isThere = (folder: string) =>
      stat(folder).then(
        () => [folder],
        () => [],
      );
    const folders = (await Promise.all([home, work, tmp].map(isThere))).flat();
    return folders.length === 0 ? [] : [[id, await bytesOf(folders)]];
  }

  return {
    async count(ids) {
      const found = new Map<string, number | undefined>();
      for (const id of ids) for (const [one, bytes] of await countOne(id)) found.set(one, bytes);
      return found;
    },
  };
}
