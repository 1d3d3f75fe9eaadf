import { parseArgs } from "node:util";
import { createSlackEmulator } from "./emulator.js";

/**
 * An emulated Slack to try things with on this machine: `tsx test/emulators/slack/main.ts [--port 4410] [--state slack.jsonl]
 * [--time-scale 1] [--ack-timeout-ms 3000] [--trigger-life-ms 3000]`. Prints the environment that points an app
 * at it, and one line `slack-emulator ready {…}` for programs.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "4410" },
      state: { type: "string" },
      "time-scale": { type: "string", default: "1" },
      "ack-timeout-ms": { type: "string", default: "3000" },
      "trigger-life-ms": { type: "string", default: "3000" },
    },
  });
  const emulator = await createSlackEmulator({
    port: Number(values.port),
    ...(values.state === undefined ? {} : { statePath: values.state }),
    settings: {
      timeScale: Number(values["time-scale"]),
      ackTimeoutMs: Number(values["ack-timeout-ms"]),
      triggerLifeMs: Number(values["trigger-life-ms"]),
      allowsAddressed: true,
    },
    onKill: () => process.kill(process.pid, "SIGKILL"),
  });
  const env = Object.entries(emulator.env).map(([key, value]) => `${key}=${value}\n`);
  process.stdout.write(
    `A Slack workspace for trying things out: ${emulator.url}\n\nPoint an app at it with:\n${env.join("")}\n`,
  );
  process.stdout.write(
    `slack-emulator ready ${JSON.stringify({ url: emulator.url, pid: process.pid, env: emulator.env })}\n`,
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void emulator.stop());
}

await main();
