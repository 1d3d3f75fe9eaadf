import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../support/free-port.js";
import { type CreatedRoom, call, untilAnswered } from "../../support/parley-client.js";
import { type ParleyProcess, startParley } from "../../support/parley-process.js";

/** Parley as it is run, in a process of its own, that can be killed and comes back on the same port and data. */
export interface RealServer {
  readonly url: string;
  readonly dataDir: string;
  makeRoom(agents?: unknown[]): Promise<CreatedRoom>;
  /** Says it under the owner's name, and tries until it is stored. */
  say(room: CreatedRoom, body: string): Promise<void>;
  kill(signal?: "SIGKILL" | "SIGTERM"): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRealServer(): Promise<RealServer> {
  const dataDir = await mkdtemp(join(tmpdir(), "parley-viewer-"));
  let running: ParleyProcess = await startParley({ dataDir, port: await freePort() });
  const { url } = running;
  let said = 0;
  return {
    url,
    dataDir,
    async makeRoom(agents = []) {
      const body = { name: "Night shift", owner: "mia", agents, policy: { loopGuard: false } };
      const made = await call<CreatedRoom>(`${url}/api/rooms`, { token: running.adminToken, body });
      if (made.status !== 201) throw new Error(`no room was made: ${JSON.stringify(made.body)}`);
      return made.body;
    },
    async say({ roomId, token }, body) {
      said += 1;
      const answer = await untilAnswered(() => `${url}/api/rooms/${roomId}/messages`, {
        token,
        body: { body },
        key: `said-${said}`,
      });
      if (answer.status !== 201) throw new Error(`not said: ${JSON.stringify(answer.body)}`);
    },
    async kill(signal = "SIGKILL") {
      await running.kill(signal);
    },
    async restart() {
      running = await startParley({ dataDir, port: Number(new URL(url).port), deadlineMs: 60_000 });
    },
    async stop() {
      await running.kill("SIGKILL");
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
