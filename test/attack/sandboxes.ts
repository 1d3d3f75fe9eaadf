import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CreatedRoom } from "../support/parley-client.js";
import { until } from "../support/until.js";

const run = promisify(execFile);

/** A sandbox whose agent was taken over, with everything a program in it can do. */
export interface TakenSandbox {
  room: CreatedRoom;
  /** The agent's own socket and token, as its environment holds them. */
  socketPath: string;
  token: string;
  /** Runs a shell command as the agent and returns its output and errors. Undefined if its output cannot be reached from here. */
  exec: ((command: string) => Promise<string>) | undefined;
}

/** Where sandboxes run. */
export type SandboxKind = "docker" | "process" | "none";

/** Waits until the room's agent runs, then takes over its sandbox. */
export async function takeOver(
  kind: SandboxKind,
  { room, dataDirs }: { room: CreatedRoom; dataDirs: readonly string[] },
): Promise<TakenSandbox> {
  let found: TakenSandbox | undefined;
  await until(
    `the agent of ${room.name} runs in a sandbox`,
    async () => {
      found = kind === "docker" ? await inDocker(room) : await onThisHost(room, dataDirs);
      return found !== undefined;
    },
    120_000,
  );
  if (!found) throw new Error("no sandbox");
  return found;
}

interface Inspected {
  Config: { Env: string[] };
  Mounts: { Destination: string; Source: string }[];
}

async function inDocker(room: CreatedRoom): Promise<TakenSandbox | undefined> {
  const filter = `label=dev.parley.label.room=${room.roomId}`;
  const { stdout } = await run("docker", ["ps", "--format", "{{.Names}}", "--filter", filter]);
  const [name] = stdout.trim().split("\n");
  if (!name) return undefined;
  const inspected = JSON.parse((await run("docker", ["inspect", name])).stdout) as Inspected[];
  const [container] = inspected;
  const socketDir = container?.Mounts.find(({ Destination }) => Destination === "/run/parley")?.Source;
  const token = tokenIn(container?.Config.Env ?? []);
  if (socketDir === undefined || token === undefined) return undefined;
  return {
    room,
    socketPath: join(socketDir, "proxy.sock"),
    token,
    exec: (command) =>
      run("docker", ["exec", name, "timeout", "60", "sh", "-c", command], { maxBuffer: 64 * 1_024 * 1_024 }).then(
        ({ stdout: out, stderr }) => out + stderr,
        (error: Error) => error.message,
      ),
  };
}

interface Record {
  labels: { room?: string };
  mounts: string;
  process: { main: number };
}

/** Processes of this host keep a record of their folder and their main process. */
async function onThisHost(room: CreatedRoom, dataDirs: readonly string[]): Promise<TakenSandbox | undefined> {
  for (const dataDir of dataDirs) {
    const base = join(dataDir, "sandboxes");
    for (const id of await readdir(base).catch(() => [])) {
      const text = await readFile(join(base, id, "run", "sandbox.json"), "utf8").catch(() => undefined);
      if (text === undefined) continue;
      const { labels, mounts, process: running } = JSON.parse(text) as Record;
      if (labels.room !== room.roomId) continue;
      const [socketDir] = JSON.parse(mounts) as [string];
      const environment = await readFile(`/proc/${running.main}/environ`, "utf8").catch(() => "");
      const token = tokenIn(environment.split("\0"));
      if (token === undefined) continue;
      const output = join(base, id, "run", "stdout");
      const exec = (command: string) =>
        run("sh", ["-c", command.replaceAll("/proc/1/fd/1", output)], { maxBuffer: 64 * 1_024 * 1_024 }).then(
          ({ stdout, stderr }) => stdout + stderr,
          (error: Error) => error.message,
        );
      return { room, socketPath: join(socketDir, "proxy.sock"), token, exec };
    }
  }
  return undefined;
}

function tokenIn(environment: readonly string[]): string | undefined {
  return environment.find((one) => one.startsWith("ANTHROPIC_API_KEY="))?.slice("ANTHROPIC_API_KEY=".length);
}
