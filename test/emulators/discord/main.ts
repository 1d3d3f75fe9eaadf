import {
  anyText,
  optional,
  portRange,
  positiveNumber,
  readCommand,
  wholeNumber,
} from "../../support/command-options.js";
import { createDiscordEmulator, scaled } from "./emulator.js";

/**
 * A Discord to play with on this machine: `tsx test/emulators/discord/main.ts [--port 4420] [--state discord.json]
 * [--time-scale 1] [--ack-ms 3000]`. Prints the environment that points an app at it, and one line
 * `discord-emulator ready {…}` for programs.
 */
async function main(): Promise<void> {
  const { values } = readCommand({
    command: "npm run discord:emulator --",
    options: {
      port: wholeNumber(4_420, portRange),
      state: anyText("discord.json"),
      "time-scale": positiveNumber(1, { atMost: 1_000 }),
      "ack-ms": optional(wholeNumber(3_000), "3000"),
    },
  });
  const settings = scaled(values["time-scale"]);
  const emulator = await createDiscordEmulator({
    port: values.port,
    ...(values.state === undefined ? {} : { statePath: values.state }),
    settings: { ...settings, ...(values["ack-ms"] === undefined ? {} : { ackMs: values["ack-ms"] }) },
  });
  const { url, env } = emulator;
  const lines = Object.entries(env).map(([key, value]) => `${key}=${value}\n`);
  process.stdout.write(
    `A Discord server for trying things out: ${url}\n\nPoint an app at it with:\n${lines.join("")}\n`,
  );
  process.stdout.write(`discord-emulator ready ${JSON.stringify({ url, pid: process.pid, env })}\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void emulator.stop());
}

await main();
