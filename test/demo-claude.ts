import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { coderAndReviewer } from "./emulators/anthropic/scripts/coder-reviewer.js";
import { startAnthropicEmulator } from "./emulators/anthropic/server.js";
import { dockerInstallation } from "./support/docker-installation.js";
import { type CreatedRoom, call } from "./support/parley-client.js";
import { dockerAnswers } from "./support/programs.js";

/**
 * A coder and a reviewer, real Claude Code in real containers, against the emulated model: no key, no cost. Prints the conversation and a link to the
 * page where a person decides, and runs until Ctrl-C; then removes everything. The agents' image is built at first use; if no image can be pulled,
 * build it before with `npm run agent:build -- --base-image <an image you have>`.
 */
const adminToken = "demo-claude-admin-token";
const task = "@coder please make a script that greets, and have it reviewed";

if (!dockerAnswers()) {
  console.error(
    "This demo runs its agents in containers, and no Docker engine answers. Start Docker (or set DOCKER_HOST), then",
  );
  console.error("try again. Without Docker, `npm start` shows a room whose agents follow scripts.");
  process.exit(1);
}

const dataDir = await mkdtemp(join(tmpdir(), "parley-demo-"));
const installation = dockerInstallation(dataDir);
const model = await startAnthropicEmulator({ script: coderAndReviewer });
const program = "dist/src/main.js";
const server = spawn(process.execPath, [program, "up"], {
  env: {
    ...process.env,
    ...installation.env,
    ANTHROPIC_API_KEY: "sk-ant-emulator",
    ANTHROPIC_BASE_URL: model.url,
    CLAUDE_CODE_OAUTH_TOKEN: "",
    PARLEY_ADMIN_TOKEN: adminToken,
    PARLEY_DATA_DIR: dataDir,
    PARLEY_DEMO: "off",
    PARLEY_LOG_LEVEL: "warn",
    PARLEY_PORT: process.env.PARLEY_PORT ?? "0",
  },
  stdio: ["ignore", "pipe", "inherit"],
  // Ctrl-C reaches this process alone, which ends the others in order.
  detached: true,
});
let watching: ChildProcess | undefined;
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, end);

for await (const line of createInterface({ input: server.stdout })) {
  const ready = /^parley ready (\{.*\})$/.exec(line)?.[1];
  if (ready === undefined) console.log(line);
  else await startWork((JSON.parse(ready) as { url: string }).url);
}
if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
await model.stop();
await installation.remove();
await rm(dataDir, { recursive: true, force: true });
console.log("The demo is over; its containers and its data are gone.");

async function startWork(url: string): Promise<void> {
  const agents = [{ name: "coder", gate: { prefix: ["DONE"] } }, { name: "reviewer" }];
  const { body: room } = await call<CreatedRoom>(`${url}/api/rooms`, {
    token: adminToken,
    body: { name: "greetings", owner: "host", agents },
  });
  console.log(
    "Two Claude Code agents, each in a container of its own, and a model that is emulated on this machine: no key, no cost.",
  );
  console.log(`Open ${url}/#${room.invites.approver} in a browser, join under any name, and decide what waits there:`);
  console.log("a question, what the coder may run, and its last message. They wait for you. Ctrl-C ends it.\n");
  watching = spawn(process.execPath, [program, "watch", room.roomId, "--url", url], {
    env: { ...process.env, PARLEY_TOKEN: room.token, PARLEY_DATA_DIR: dataDir },
    stdio: ["ignore", "inherit", "inherit"],
    detached: true,
  });
  await call(`${url}/api/rooms/${room.roomId}/messages`, { token: room.token, body: { body: task } });
}

function end(): void {
  watching?.kill();
  console.log("\nEnding …");
  server.kill("SIGTERM");
}
