import { parseArgs } from "node:util";
import { coderAndReviewer } from "./scripts/coder-reviewer.js";
import { DEFAULT_API_KEY, startAnthropicEmulator } from "./server.js";

const USAGE = `usage: main.ts [--port n | --socket path] [--api-key key]... [--bearer-token token]...

Starts the emulated Messages API and prints what a client needs in its environment. Agents whose system prompt names
them coder or reviewer play the scripted session; any prompt may carry a script of its own: @@[{"text":"hello"}]
Stops at SIGINT or SIGTERM.
`;

const readArguments = () => {
  try {
    return parseArgs({
      options: {
        port: { type: "string" },
        socket: { type: "string" },
        "api-key": { type: "string", multiple: true },
        "bearer-token": { type: "string", multiple: true },
        help: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${String(error)}\n\n${USAGE}`);
    return process.exit(2);
  }
};

const readPort = (value = "0"): number => {
  const port = Number(value);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  process.stderr.write(`--port ${value} is not a port\n\n${USAGE}`);
  return process.exit(2);
};

const run = async (): Promise<void> => {
  const values = readArguments();
  if (values.help === true) {
    process.stdout.write(USAGE);
    return;
  }
  const apiKeys = values["api-key"] ?? [DEFAULT_API_KEY];
  const emulator = await startAnthropicEmulator({
    script: coderAndReviewer,
    apiKeys,
    bearerTokens: values["bearer-token"] ?? [],
    port: readPort(values.port),
    ...(values.socket === undefined ? {} : { socketPath: values.socket }),
  });
  const lines = [`ANTHROPIC_BASE_URL=${emulator.url}`, `ANTHROPIC_API_KEY=${apiKeys[0]}`];
  if (emulator.socketPath !== undefined) lines.push(`ANTHROPIC_UNIX_SOCKET=${emulator.socketPath}`);
  process.stdout.write(`${lines.join("\n")}\n`);
  const stop = (): void => void emulator.stop();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
};

await run();
