import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type CreatedRoom, call } from "../support/parley-client.js";
import type { ParleyProcess } from "../support/parley-process.js";

export async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "parley-bench-"));
  return work(dir).finally(() => rm(dir, { recursive: true, force: true }));
}

export async function newRoom(server: ParleyProcess, agents: unknown[] = []): Promise<CreatedRoom> {
  const body = { name: "bench", owner: "mia", agents, policy: { loopGuard: false } };
  const made = await call<CreatedRoom>(`${server.url}/api/rooms`, { token: server.adminToken, body });
  if (made.status !== 201) throw new Error(`no room was made: ${JSON.stringify(made.body)}`);
  return made.body;
}

export async function post(server: ParleyProcess, room: CreatedRoom, body: string): Promise<void> {
  const url = `${server.url}/api/rooms/${room.roomId}/messages`;
  const posted = await call(url, { token: room.token, body: { body, to: ["room"] } });
  if (posted.status !== 201) throw new Error(`not posted: ${JSON.stringify(posted.body)}`);
}

/** CPU seconds all threads of a process have used so far, as Linux tells. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const used = threads.map(async (thread) => {
    const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8").catch(() => "0");
    return Number(text.split(" ")[0]) / 1e9;
  });
  return (await Promise.all(used)).reduce((sum, seconds) => sum + seconds, 0);
}

/** Memory of its own. The whole RSS would count the pages of the log's file, which the kernel takes back when it wants them. */
export async function ownMemoryMiB(pid: number): Promise<number> {
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
}

/** Files a process may open at most: Node takes all it may have. */
export async function maxOpenFiles(): Promise<number> {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(await readFile("/proc/self/limits", "utf8"))?.[1];
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}

export interface RawServer {
  url: string;
  pid: number;
  /** One frame to all who watch. */
  send(): Promise<void>;
  stop(): void;
}

/** The floor of what viewers cost. */
export async function startRawServer(): Promise<RawServer> {
  const child = spawn(process.execPath, ["--import", "tsx", "test/bench/raw-sse-server.ts"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith("ready ")) continue;
    const url = line.slice("ready ".length);
    const send = async () => void (await (await fetch(url, { method: "POST" })).text());
    return { url, pid: child.pid ?? 0, send, stop: () => void child.kill() };
  }
  throw new Error("the raw server did not start");
}
