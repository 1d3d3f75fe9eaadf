import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { coderAndReviewer } from "./emulators/anthropic/scripts/coder-reviewer.js";
import { startAnthropicEmulator } from "./emulators/anthropic/server.js";
import { type CreatedRoom, call } from "./support/parley-client.js";

/**
 * A coder and a reviewer, real Claude Code in real containers, against the emulated model: no key, no cost. Prints a code for the page and
 * runs until Ctrl-C. The agents' image is built at first use; where no image can be pulled, build it before with
 * `npm run agent:build -- --base-image <an image you have>`.
 */
const adminToken = "demo-claude-admin-token";
const dataDir = await mkdtemp(join(tmpdir(), "parley-demo-"));
const model = await startAnthropicEmulator({ script: coderAndReviewer });
const server = spawn(process.execPath, ["dist/src/main.js", "up"], {
  env: {
    ...process.env,
    ANTHROPIC_API_KEY: "sk-ant-emulator",
    ANTHROPIC_BASE_URL: model.url,
    PARLEY_ADMIN_TOKEN: adminToken,
    PARLEY_DATA_DIR: dataDir,
    PARLEY_DEMO: "off",
    PARLEY_LOG_LEVEL: "warn",
    PARLEY_PORT: process.env.PARLEY_PORT ?? "0",
    PARLEY_SANDBOX: "docker",
  },
  stdio: ["ignore", "pipe", "inherit"],
});

for await (const line of createInterface({ input: server.stdout })) {
  console.log(line);
  const ready = /^parley ready (\{.*\})$/.exec(line)?.[1];
  if (ready !== undefined) await startWork((JSON.parse(ready) as { url: string }).url);
}
await model.stop();
await rm(dataDir, { recursive: true, force: true });

async function startWork(url: string): Promise<void> {
  const agents = [{ name: "coder", gate: { prefix: ["DONE"] } }, { name: "reviewer" }];
  const { body: room } = await call<CreatedRoom>(`${url}/api/rooms`, {
    token: adminToken,
    body: { name: "greetings", owner: "host", agents },
  });
  const body = "@coder please make a script that greets, and have it reviewed";
  await call(`${url}/api/rooms/${room.roomId}/messages`, { token: room.token, body: { body } });
  console.log(
    `Open ${url}/#${room.invites.approver} in a browser to watch them and to decide what waits. Ctrl-C ends it.`,
  );
}
