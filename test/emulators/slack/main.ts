import { anyText, portRange, positiveNumber, readCommand, wholeNumber } from "../../support/command-options.js";
import { createSlackEmulator } from "./emulator.js";

/**
 * An emulated Slack to try things with on this machine: `tsx test/emulators/slack/main.ts [--port 4410] [--state slack.jsonl]
 * [--time-scale 1] [--ack-timeout-ms 3000] [--trigger-life-ms 3000]`. Prints the environment that points an app
 * at it, and one line `slack-emulator ready {…}` for programs.
 */
async function main(): Promise<void> {
  const { values } = readCommand({
    command: "npm run slack:emulator --",
    options: {
      port: wholeNumber(4_410, portRange),
      state: anyText("slack.jsonl"),
      "time-scale": positiveNumber(1, { atMost: 1_000 }),
      "ack-timeout-ms": wholeNumber(3_000),
      "trigger-life-ms": wholeNumber(3_000),
    },
  });
  const emulator = await createSlackEmulator({
    port: values.port,
    ...(values.state === undefined ? {} : { statePath: values.state }),
    settings: {
      timeScale: values["time-scale"],
      ackTimeoutMs: values["ack-timeout-ms"],
      triggerLifeMs: values["trigger-life-ms"],
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
