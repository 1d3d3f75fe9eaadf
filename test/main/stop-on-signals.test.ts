import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const script = fileURLToPath(new URL("./support/stopping-child.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "parley-stop-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How a process ends that is told to. */
async function endOf(how: string) {
  const marker = join(folder, how);
  const child = spawn(process.execPath, ["--import", "tsx", script, how, marker], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  child.kill("SIGTERM");
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  return { code, signal, isAbandoned: existsSync(marker) };
}

test("SIGTERM ends a process in good order", async () => {
  expect(await endOf("ends")).toEqual({ code: 0, signal: null, isAbandoned: false });
}, 60_000);

test("SIGTERM ends a process that waits for ever at its deadline, and nothing says any more that it runs", async () => {
  expect(await endOf("hangs")).toEqual({ code: 1, signal: null, isAbandoned: true });
}, 60_000);

test("SIGTERM ends a process whose event loop is kept busy for a minute long before that", async () => {
  expect(await endOf("blocks")).toEqual({ code: null, signal: "SIGKILL", isAbandoned: false });
}, 50_000);
