import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { openLmdb } from "../../../adapters/lmdb/open-lmdb.js";
import { identifyThisProcess } from "../../../adapters/lmdb/process-identity.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { commitsOn } from "../../support/commits.js";
import { newFolder, removeFolders } from "../../support/lmdb.js";

afterAll(removeFolders);

const open = (dir: string) => openLmdb({ dir, log: createMemoryLogger() });
const writerScript = fileURLToPath(new URL("../../support/acknowledging-writer.ts", import.meta.url));
const planterScript = fileURLToPath(new URL("../../support/plant-owner.ts", import.meta.url));
const logModule = new URL("../../support/lmdb.ts", import.meta.url).href;

async function startWriter(dir: string) {
  const child = spawn(process.execPath, ["--import", "tsx", writerScript, logModule, dir, "a"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  child.stdout.resume();
  return child;
}

/** Writes an owner record behind the owner's back: from another process, as LMDB is opened once in each. */
function plantOwner(dir: string, text: string, epoch: number): void {
  execFileSync(process.execPath, ["--import", "tsx", planterScript, dir, text, String(epoch)]);
}

describe("the owner of a data folder", () => {
  test("keeps a second process out and tells it who the owner is, and lets it in after the owner died", async () => {
    const dir = newFolder();
    const child = await startWriter(dir);
    await expect(open(dir)).rejects.toMatchObject({ name: "PortError", code: "in-use", retryable: false });
    await expect(open(dir)).rejects.toThrow(
      new RegExp(`${dir} is in use by process ${child.pid}\\..*Stop that process, or choose another data folder`),
    );
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    const lmdb = await open(dir);
    expect(await lmdb.eventLog.streams("")).toHaveLength(4);
    await lmdb.close();
  });

  test("keeps its own process out as well, and continues", async () => {
    const dir = newFolder();
    const first = await open(dir);
    await expect(open(dir)).rejects.toMatchObject({ code: "in-use" });
    expect(await first.eventLog.append("room/r1", commitsOn(undefined, "a"))).toEqual({ kind: "appended" });
    await first.close();
    const second = await open(dir);
    expect(await second.eventLog.head("room/r1")).toEqual({ version: 1, id: "a-1" });
    await second.close();
  });

  const self = identifyThisProcess();
  test.each([
    ["its number belongs to another process now", { ...self, startTime: "1" }],
    ["the machine was restarted", { ...self, bootId: "another boot" }],
    ["it is gone", { ...self, pid: 2 ** 22 - 7 }],
  ])("is followed by the next process when %s", async (_, owner) => {
    const dir = newFolder();
    await (await open(dir)).close();
    plantOwner(dir, JSON.stringify(owner), 7);
    const lmdb = await open(dir);
    expect(await lmdb.eventLog.append("room/r1", commitsOn(undefined, "a"))).toEqual({ kind: "appended" });
    await lmdb.close();
  });

  test("with an unreadable record keeps nobody out", async () => {
    const dir = newFolder();
    await (await open(dir)).close();
    plantOwner(dir, '{"pid":', 7);
    await (await open(dir)).close();
  });

  test("writes nothing any more once another one took over", async () => {
    const dir = newFolder();
    const lmdb = await open(dir);
    await lmdb.eventLog.append("room/r1", commitsOn(undefined, "a"));
    // As a process in another container would, which cannot see that this one lives.
    plantOwner(dir, "", 2);
    const late = commitsOn({ version: 1, id: "a-1" }, "late");
    await expect(lmdb.eventLog.append("room/r1", late)).rejects.toMatchObject({ code: "in-use", retryable: false });
    await expect(lmdb.eventLog.append("room/r2", commitsOn(undefined, "b"))).rejects.toMatchObject({ code: "in-use" });
    expect(await lmdb.eventLog.check()).toMatchObject({ ok: false, detail: expect.stringContaining("took over") });
    await lmdb.close();
    const next = await open(dir);
    expect(await next.eventLog.streams("")).toEqual([{ stream: "room/r1", version: 1, id: "a-1" }]);
    await next.close();
  });
});

test("a closed log takes nothing more and says so", async () => {
  const lmdb = await open(newFolder());
  await lmdb.close();
  await lmdb.close();
  const appending = lmdb.eventLog.append("room/r1", commitsOn(undefined, "a"));
  await expect(appending).rejects.toMatchObject({ code: "closed", retryable: false });
});

test("a folder that holds something else is refused in words, and left as it is", async () => {
  const dir = newFolder();
  const file = join(dir, "data.mdb");
  writeFileSync(file, "not a database ".repeat(2_000));
  await expect(open(dir)).rejects.toMatchObject({ name: "PortError", code: "corrupt", retryable: false });
  expect(readFileSync(file, "utf8")).toBe("not a database ".repeat(2_000));
});
