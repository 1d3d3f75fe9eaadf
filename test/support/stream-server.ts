import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "./free-port.js";

/** The test server of the Durable Streams project with its repairs, in a process of its own, which can be killed, frozen and started again on the same data. */
export interface StreamServerProcess {
  readonly url: string;
  readonly dataDir: string;
  signal(signal: NodeJS.Signals): void;
  /** After a kill: on the same data and port. */
  start(): Promise<void>;
  ended(): Promise<void>;
  stop(): Promise<void>;
}

export async function startStreamServer(
  options: { dataDir?: string; token?: string } = {},
): Promise<StreamServerProcess> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "parley-streams-"));
  let child: ChildProcess | undefined;
  let url = "";
  const port = String(await freePort());

  async function start(): Promise<void> {
    const started = spawn(
      process.execPath,
      ["test/support/stream-server/main.mjs", "--data-dir", dataDir, "--port", port],
      {
        stdio: ["ignore", "pipe", "ignore"],
        env: {
          PATH: process.env.PATH ?? "",
          ...(options.token !== undefined && { DURABLE_STREAMS_TOKEN: options.token }),
        },
      },
    );
    child = started;
    const lines = createInterface({ input: started.stdout });
    for await (const line of lines) {
      const ready = /stream server at (\S+)/.exec(line)?.[1];
      if (ready === undefined) continue;
      url = ready;
      // Its later output is drained, so that it does not fill its pipe.
      started.stdout.resume();
      return;
    }
    throw new Error("the stream server ended before it was ready");
  }

  async function ended(): Promise<void> {
    if (child && child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }

  await start();
  return {
    get url() {
      return url;
    },
    dataDir,
    signal: (signal) => void child?.kill(signal),
    start,
    ended,
    async stop() {
      child?.kill("SIGCONT");
      child?.kill("SIGKILL");
      await ended();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
