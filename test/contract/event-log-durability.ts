import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { EventLog } from "../../src/ports/event-log.js";
import { commitsOn, idsOf, range } from "../support/commits.js";
import { firstValidWins } from "../support/first-valid-wins.js";
import { until } from "../support/until.js";
import type { EventLogContract, LogOpener } from "./event-log.js";

const writerScript = fileURLToPath(new URL("../support/acknowledging-writer.ts", import.meta.url));
const rounds = 8;

/** Opens the storage from a process of its own or from here; the same function for both. */
interface CrashModule {
  openToCrash(location: string): Promise<{ log: EventLog; close(): Promise<void> }>;
}

/** Lets a process write, kills it without warning, and returns its acknowledged commits as `stream id`. */
async function writeAndKill(options: { module: URL; location: string; round: number }): Promise<string[]> {
  const { module, location, round } = options;
  const args = ["--import", "tsx", writerScript, module.href, location, `round${round}`];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  // Killed after a number of acknowledgements that differs by round: each round ends somewhere else in a write.
  const enough = 20 + round * 37;
  await until("the writer acknowledges", () => output.split("\n").length > enough || child.exitCode !== null, 20_000);
  expect(child.exitCode).toBeNull();
  child.kill("SIGKILL");
  await exited;
  // The rest of the pipe has arrived by now or arrives with "close".
  if (!child.stdout.closed) await once(child.stdout, "close");
  return output.split("\n").slice(0, -1);
}

async function storedIn(log: EventLog): Promise<string[]> {
  const stored: string[] = [];
  for (const { stream, version } of await log.streams("")) {
    for (let last = 0; last < version; ) {
      const page = await log.read(stream, { after: last });
      stored.push(...idsOf(page).map((id) => `${stream} ${id}`));
      last = page.at(-1)?.version ?? version;
    }
  }
  return stored;
}

export function describeDurability(contract: EventLogContract, opener: LogOpener): void {
  test("appended commits survive closing and reopening", async () => {
    const opened = await opener.open();
    await opened.log.append("room/r1", commitsOn(undefined, "a", 3));
    await opened.log.append("agent/r1/mia-2", commitsOn(undefined, "b", 2));
    await opened.reopen?.();
    const { log } = opened;
    expect(await log.head("room/r1")).toEqual({ version: 3, id: "a-3" });
    expect(idsOf(await log.read("agent/r1/mia-2"))).toEqual(["b-1", "b-2"]);
    expect(await log.append("room/r1", commitsOn(undefined, "a", 3))).toEqual({ kind: "appended" });
    expect((await log.append("room/r1", commitsOn(undefined, "c"))).kind).toBe("conflict");
    expect(await log.append("room/r1", commitsOn({ version: 3, id: "a-3" }, "c"))).toEqual({ kind: "appended" });
    await log.append("room/r2", commitsOn(undefined, "d"));
    expect((await log.streams("")).map(({ stream }) => stream)).toEqual(["agent/r1/mia-2", "room/r1", "room/r2"]);
  });

  test("closing waits for appends under way", async () => {
    const opened = await opener.open();
    const appends = range(1, 50).map((room) => opened.log.append(`room/${room}`, commitsOn(undefined, "a", 2)));
    const [results] = await Promise.all([Promise.all(appends), opened.reopen?.()]);
    expect(results.every(({ kind }) => kind === "appended")).toBe(true);
    expect(await opened.log.streams("room/")).toHaveLength(50);
  });

  test("nothing acknowledged is lost when the process is killed", { timeout: 180_000 }, async () => {
    if (contract.crash === undefined) throw new Error("a durable adapter names a module to crash");
    const { module, newLocation } = contract.crash;
    const { openToCrash } = (await import(module.href)) as CrashModule;
    const location = await newLocation();
    const acknowledged: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      acknowledged.push(...(await writeAndKill({ module, location, round })));
      const { log, close } = await openToCrash(location);
      const stored = await storedIn(log);
      const there = new Set(stored);
      expect(acknowledged.filter((line) => !there.has(line))).toEqual([]);
      expect(there.size).toBe(stored.length);
      for (const { stream, version } of await log.streams("")) {
        const last = await log.read(stream, { after: Math.max(0, version - 500) });
        const before = last[0]?.kind === "commit" ? last[0].commit : undefined;
        expect(firstValidWins(last.slice(1), before)).toHaveLength(last.length - 1);
      }
      await close();
    }
    expect(acknowledged.length).toBeGreaterThan(20 * rounds);
  });
}
