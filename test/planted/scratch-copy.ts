import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type PlantedFault, withFault } from "./fault.js";

/** A copy of the working tree to plant faults in, so that the checkout itself is never changed. */
export interface ScratchCopy {
  readonly dir: string;
  /** Puts the fault into the copy, runs `work`, and takes the fault out again. */
  withFaultIn<Result>(fault: PlantedFault, work: () => Promise<Result>): Promise<Result>;
  remove(): void;
}

/** Copies every file that git knows or does not ignore; `node_modules` is a link to the checkout's. Needs git. */
export function createScratchCopy(root: string): ScratchCopy {
  const dir = mkdtempSync(join(tmpdir(), "parley-planted-"));
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1_024 * 1_024,
  });
  for (const path of listed.split("\0")) {
    if (path === "" || !existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    cpSync(join(root, path), join(dir, path));
  }
  symlinkSync(join(root, "node_modules"), join(dir, "node_modules"));

  return {
    dir,
    async withFaultIn(fault, work) {
      const path = join(dir, fault.file);
      const text = readFileSync(path, "utf8");
      writeFileSync(path, withFault(fault, text));
      try {
        return await work();
      } finally {
        writeFileSync(path, text);
      }
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
