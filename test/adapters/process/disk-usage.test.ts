import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createProcessDiskUsage } from "../../../adapters/process/disk-usage.js";
import { describeDiskUsage } from "../../contract/disk-usage.js";

const run = promisify(execFile);

describeDiskUsage({
  name: "processes",
  open: async () => {
    const dir = await mkdtemp(join(tmpdir(), "disk-usage-"));
    return {
      disk: createProcessDiskUsage({ dir, path: process.env.PATH ?? "" }),
      async make(id) {
        for (const folder of ["home", "work"]) await mkdir(join(dir, id, folder), { recursive: true });
      },
      async run(id, script) {
        const env = { ...process.env, HOME: join(dir, id, "home") };
        await run("bash", ["-c", script], { cwd: join(dir, id, "work"), env });
      },
      close: () => rm(dir, { recursive: true }),
    };
  },
});
