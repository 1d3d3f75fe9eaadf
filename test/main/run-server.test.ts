import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";

const script = fileURLToPath(new URL("./support/starting-child.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "parley-start-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a server that cannot start ends its process, whatever is open in it", async () => {
  const dataDir = join(folder, "file");
  writeFileSync(dataDir, "");
  const run = promisify(execFile)(process.execPath, ["--import", "tsx", script, dataDir], { timeout: 50_000 });
  await expect(run).rejects.toMatchObject({
    code: 1,
    killed: false,
    stderr: expect.stringContaining(`parley cannot start: ${dataDir} is a file.`),
  });
}, 60_000);
