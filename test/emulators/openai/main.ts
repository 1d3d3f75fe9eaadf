import { parseArgs } from "node:util";
import { DEFAULT_OPENAI_KEY, startOpenAiEmulator } from "./server.js";

const USAGE = `usage: main.ts [--port n] [--api-key key]...

Starts the emulated API of OpenAI and prints what a client needs in its environment. A prompt carries the model's answers:
@@[{"text":"hello"}]. Stops at SIGINT or SIGTERM.
`;

const run = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      "api-key": { type: "string", multiple: true },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return;
  }
  const apiKeys = values["api-key"] ?? [DEFAULT_OPENAI_KEY];
  const emulator = await startOpenAiEmulator({ apiKeys, port: Number(values.port) });
  process.stdout.write(`OPENAI_BASE_URL=${emulator.url}\nOPENAI_API_KEY=${apiKeys[0]}\n`);
  const stop = (): void => void emulator.stop();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
};

await run();
