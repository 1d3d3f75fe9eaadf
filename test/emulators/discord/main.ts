import { parseArgs } from "node:util";
import { createDiscordEmulator, scaled } from "./emulator.js";

/**
 * A Discord to play with on this machine: `tsx test/emulators/discord/main.ts [--port 4420] [--state discord.json]
 * [--time-scale 1] [--ack-ms 3000]`. Prints the environment that points an app at it, and one line
 * `discord-emulator ready {…}` for programs.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "4420" },
      state: { type: "string" },
      "time-scale": { type: "string", default: "1" },
      "ack-ms": { type: "string" },
    },
  });
  const settings = scaled(Number(values["time-scale"]));
  const emulator = await createDiscordEmulator({
    port: Number(values.port),
    ...(values.state === undefined ? {} : { statePath: values.state }),
    settings: { ...settings, ...(values["ack-ms"] === undefined ? {} : { ackMs: Number(values["ack-ms"]) }) },
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
