import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import Docker from "dockerode";
import { until } from "./until.js";

const run = promisify(execFile);
const startTimeoutMs = 60_000;

/** A Docker engine of the test's own, with its own socket and data folder, that can be ended without harm to others. */
export interface SecondEngine {
  docker: Docker;
  /** Its address, as in `DOCKER_HOST`. */
  host: string;
  /** Its process stands still, or goes on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Ends the engine with a signal and waits for its end. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Starts it again and waits until it answers. */
  start(): Promise<void>;
  /** Copies an image from the machine's engine. */
  copyImage(image: string): Promise<void>;
  /** Ends it and removes all it has. */
  remove(): Promise<void>;
}

/** `liveRestore`: containers outlive the engine. Needs root and dockerd. */
export async function startSecondEngine({ liveRestore }: { liveRestore: boolean }): Promise<SecondEngine> {
  const folder = await mkdtemp(join(tmpdir(), "parley-engine-"));
  await mkdir(join(folder, "data"));
  const socketPath = join(folder, "docker.sock");
  const docker = new Docker({ socketPath });
  let engine: ChildProcess | undefined;

  async function start(): Promise<void> {
    const places = [`--data-root=${folder}/data`, `--exec-root=${folder}/exec`, `--pidfile=${folder}/docker.pid`];
    const network = ["--bridge=none", "--iptables=false", "--ip6tables=false"];
    const args = [`--host=unix://${socketPath}`, ...places, ...network, "--log-level=error"];
    await rm(`${folder}/docker.pid`, { force: true });
    // In a network of its own: an engine without a bridge removes `docker0`, which is the other engine's.
    const command = ["--net", "dockerd", ...args, ...(liveRestore ? ["--live-restore"] : [])];
    const starting = spawn("unshare", command, { stdio: "ignore", detached: true });
    engine = starting;
    const answers = () =>
      docker.ping().then(
        () => true,
        () => false,
      );
    await until(
      "the second engine answers",
      () => {
        if (hasEnded(starting)) throw new Error("the second engine ended while it started");
        return answers();
      },
      startTimeoutMs,
    );
  }

  async function end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const ending = engine;
    engine = undefined;
    if (!ending || hasEnded(ending)) return;
    const ended = new Promise((resolve) => ending.once("exit", resolve));
    ending.kill(signal);
    await ended;
  }

  async function remove(): Promise<void> {
    if (!engine) await start().catch(() => {});
    const containers = await docker.listContainers({ all: true }).catch(() => []);
    for (const { Id } of containers)
      await docker
        .getContainer(Id)
        .remove({ force: true })
        .catch(() => {});
    await end("SIGTERM");
    // The engine leaves its own mounts behind.
    const mounts = (await readFile("/proc/self/mounts", "utf8")).split("\n").map((line) => line.split(" ")[1] ?? "");
    for (const mount of mounts.filter((path) => path.startsWith(folder)).reverse())
      await run("umount", ["-l", mount]).catch(() => {});
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }

  await start();
  return {
    docker,
    host: `unix://${socketPath}`,
    signal: (signal) => void engine?.kill(signal),
    start,
    end,
    remove,
    async copyImage(image) {
      await run("sh", ["-c", 'docker save "$0" | docker --host "$1" load', image, `unix://${socketPath}`]);
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
