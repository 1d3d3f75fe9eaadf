import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A real Parley server in a process of its own, which can be killed and started again on the same data. */
export interface ParleyProcess {
  readonly url: string;
  readonly pid: number;
  readonly adminToken: string;
  /** Milliseconds from spawn to the ready line. */
  readonly readyMs: number;
  output(): string;
  kill(signal: "SIGKILL" | "SIGTERM"): Promise<number | null>;
  /** Freezes it, thaws it. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
}

export const testAdminToken = "test-admin-token-0123456789";

export async function startParley(options: {
  dataDir: string;
  port?: number;
  env?: Record<string, string>;
  deadlineMs?: number;
  /** The program that Node runs; default the built `parley up`. */
  program?: readonly string[];
}): Promise<ParleyProcess> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, options.program ?? ["dist/src/main.js", "up"], {
    env: {
      PATH: process.env.PATH ?? "",
      HOME: process.env.HOME ?? "",
      PARLEY_DATA_DIR: options.dataDir,
      PARLEY_PORT: String(options.port ?? 0),
      PARLEY_DEMO: "off",
      PARLEY_LOG_LEVEL: "warn",
      PARLEY_ADMIN_TOKEN: testAdminToken,
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const ready = await readyLine(child, lines, options.deadlineMs ?? 60_000);
  return {
    ...ready,
    adminToken: options.env?.PARLEY_ADMIN_TOKEN ?? testAdminToken,
    readyMs: performance.now() - startedAt,
    output: () => lines.join("\n"),
    kill: (signal) => end(child, signal),
    signal: (signal) => void child.kill(signal),
  };
}

function readyLine(child: ChildProcess, lines: string[], deadlineMs: number): Promise<{ url: string; pid: number }> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      child.kill("SIGKILL");
      reject(new Error(`${why}\n${lines.join("\n")}`));
    };
    const timer = setTimeout(() => fail(`not ready within ${deadlineMs} ms`), deadlineMs);
    child.once("exit", (code) => fail(`ended with code ${code} before it was ready`));
    const onLine = (line: string) => {
      lines.push(line);
      const match = /^parley ready (\{.*\})$/.exec(line);
      if (!match?.[1]) return;
      clearTimeout(timer);
      child.removeAllListeners("exit");
      const { url, pid } = JSON.parse(match[1]) as { url: string; pid: number };
      resolve({ url, pid });
    };
    if (child.stdout) createInterface({ input: child.stdout }).on("line", onLine);
    if (child.stderr) createInterface({ input: child.stderr }).on("line", (line) => lines.push(line));
  });
}

async function end(child: ChildProcess, signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
  return child.exitCode;
}
