import { spawn } from "node:child_process";
import type { Clock } from "../../src/ports/clock.js";
import { PortError } from "../../src/ports/port-error.js";

/** Result of a program: its exit code and what it printed to standard output. */
export interface BoundedRun {
  code: number;
  output: Buffer;
}

/** Runs a program with only the given environment and no input. After `timeoutMs`, or beyond `maxBytes` of output, it is killed with all it started; the former rejects (`timeout`). */
export function runBounded(
  command: readonly [string, ...string[]],
  options: { env: Record<string, string>; cwd: string; timeoutMs: number; maxBytes: number; clock: Clock },
): Promise<BoundedRun> {
  const { env, cwd, timeoutMs, maxBytes, clock } = options;
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "ignore"] });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const kill = () => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    };
    const cancel = clock.after(timeoutMs, () => {
      kill();
      const text = `The work folder was not read within ${timeoutMs / 1_000} s.`;
      reject(new PortError(text, { code: "timeout", retryable: true }));
    });
    child.stdout.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxBytes) kill();
    });
    child.once("error", (error) => {
      cancel();
      reject(new PortError(`${program} cannot be run here.`, { code: "unavailable", retryable: true, cause: error }));
    });
    child.once("close", (code) => {
      cancel();
      resolve({ code: bytes > maxBytes ? 0 : (code ?? 137), output: Buffer.concat(chunks) });
    });
  });
}
