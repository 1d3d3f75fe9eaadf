import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createWebServer } from "../../../src/runtime/sandbox/web-server.js";
import { agentToken } from "../../contract/model-gateway-room.js";
import type { OpenedGateway } from "./open-gateway.js";

/** What Codex said in one run. */
export interface CodexRun {
  code: number | null;
  /** Its last message. */
  said: string;
  /** Everything it printed besides, errors too. */
  log: string;
  /** Names of the headers it sent, before the gateway. */
  headers: readonly string[];
}

export interface CodexOptions {
  binary: string;
  /** A gateway in front of the emulator. */
  opened: OpenedGateway;
  model: string;
  prompt: string;
  /** Images that go with the prompt. */
  images?: readonly string[];
  /** Lines of `config.toml` in the place of those that switch off what a room does not allow. */
  config?: readonly string[];
  /** Default 120 s. */
  timeoutMs?: number;
}

/** Off in a room: its search and its messages between agents of its own would go through the provider. */
const roomConfig = ['web_search = "disabled"'];

const configOf = (port: number, more: readonly string[]) =>
  [
    'model_provider = "parley"',
    ...more,
    "[model_providers.parley]",
    'name = "Parley"',
    `base_url = "http://127.0.0.1:${port}/openai/v1"`,
    'wire_api = "responses"',
    'env_key = "PARLEY_AGENT_TOKEN"',
    // The gateway serves plain HTTP alone.
    "supports_websockets = false",
  ].join("\n");

/** Runs the real `codex exec` once, with nothing of the network but the gateway. */
export async function runCodex(options: CodexOptions): Promise<CodexRun> {
  const { opened, config = roomConfig } = options;
  const folder = await mkdtemp(join(tmpdir(), "codex-"));
  const headers = new Set<string>();
  const server = createWebServer({
    handler: (request) => {
      for (const name of request.headers.keys()) headers.add(name);
      return opened.gateway.handle(request, opened.caller);
    },
    logger: createMemoryLogger(),
    agent: "mia",
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const [home, work] = [join(folder, "home"), join(folder, "work")];
    await Promise.all([mkdir(home), mkdir(work)]);
    await writeFile(join(home, "config.toml"), configOf(port, config));
    return { ...(await run(options, { home, work })), headers: [...headers] };
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  }
}

function run(
  { binary, model, prompt, images = [], timeoutMs = 120_000 }: CodexOptions,
  { home, work }: { home: string; work: string },
): Promise<Omit<CodexRun, "headers">> {
  const args = ["exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "-C", work, "-m", model];
  const child = spawn(binary, [...args, ...images.flatMap((image) => ["-i", image]), "--", prompt], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: timeoutMs,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      CODEX_HOME: home,
      PARLEY_AGENT_TOKEN: agentToken,
      HTTPS_PROXY: "http://127.0.0.1:9",
      NO_PROXY: "127.0.0.1",
    },
  });
  const [said, log]: [string[], string[]] = [[], []];
  child.stdout.setEncoding("utf8").on("data", (text: string) => said.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => log.push(text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, said: said.join(""), log: log.join("") }));
  });
}
