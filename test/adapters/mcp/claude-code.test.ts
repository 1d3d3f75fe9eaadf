import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { createMcpEndpoint } from "../../../adapters/mcp/endpoint.js";
import type { Script } from "../../emulators/anthropic/script.js";
import { DEFAULT_API_KEY, startAnthropicEmulator } from "../../emulators/anthropic/server.js";
import { createApi, makeRoom } from "../../http/support/api.js";
import { useServer } from "../../http/support/use-server.js";
import { findClaudeCode } from "../../support/programs.js";
import { needsClaudeCode } from "../../support/require.js";

const run = promisify(execFile);
const server = useServer();
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const turnIn = (text: string): string => /^turn (\S+)/m.exec(text)?.[1] ?? "";
const call = (tool: string, input: Record<string, string | number | string[]>) => ({
  tools: [{ tool: `mcp__parley__${tool}`, input }],
});

/** Listens, answers the owner, acknowledges the turn, and ends. */
const model: Script = ({ step, results }) => {
  const last = results.at(-1)?.text ?? "";
  if (step === 0) return call("listen", { waitSeconds: 30 });
  if (step === 1) return call("say", { to: ["host"], body: `I heard ${/please count/.exec(last)?.[0]}` });
  const heard = results.find(({ text }) => turnIn(text) !== "")?.text ?? "";
  if (step === 2) return call("listen", { done: turnIn(heard) });
  return { text: `the last thing: ${last}` };
};

needsClaudeCode()("Claude Code over MCP", () => {
  test("is added by the printed command, hears a message, answers it in the room and acknowledges its turn", async () => {
    const faults: Error[] = [];
    const api = await createApi({
      toolCalls: createMcpEndpoint({ version: "0.0.0-test", onError: (e) => faults.push(e) }),
    });
    const url = await server.listen(api);
    const room = await makeRoom(api);
    const body = { name: "laptop", runtime: "external" };
    const { token } = (await api.call("POST", `${room.path}/agents`, { token: room.owner, body })).json;
    const emulator = await startAnthropicEmulator({ script: model });
    closing.push(() => emulator.stop());
    const folder = await mkdtemp(join(tmpdir(), "parley-mcp-"));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const [home, cwd] = [join(folder, "home"), join(folder, "work")];
    for (const path of [home, cwd]) await mkdir(path);
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      ANTHROPIC_BASE_URL: emulator.url,
      ANTHROPIC_API_KEY: DEFAULT_API_KEY,
      HTTPS_PROXY: "http://127.0.0.1:9",
      NO_PROXY: "127.0.0.1",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
      ENABLE_TOOL_SEARCH: "false",
    };
    const binary = findClaudeCode() ?? "claude";
    const claude = (...args: string[]) => {
      const running = run(binary, args, { cwd, env, timeout: 80_000 });
      running.child.stdin?.end();
      return running;
    };
    const header = `Authorization: Bearer ${token}`;
    await claude("mcp", "add", "--transport", "http", "parley", `${url}/mcp`, "--header", header);
    await api.call("POST", `${room.path}/messages`, { token: room.owner, body: { body: "@laptop please count" } });
    const asked = ["-p", "Listen in the Parley room.", "--model", "claude-opus-5-5", "--allowedTools", "mcp__parley"];
    const { stdout } = await claude(...asked);
    expect(stdout).toContain("the last thing: Nothing came.");
    const { messages } = (await api.call("GET", `${room.path}/messages`, { token: room.viewer })).json;
    expect(messages).toMatchObject([
      { from: "host", body: "please count", delivery: { laptop: "acknowledged" } },
      { from: "laptop", to: ["host"], body: "I heard please count" },
    ]);
    // The client names its tool calls, so the same call made again says nothing twice.
    const posted = (await api.eventLog.read(`room/${room.roomId}`)).flatMap((entry) =>
      entry.kind === "commit" ? entry.commit.events : [],
    );
    expect(posted.filter((event) => event.type === "message.posted" && "key" in event)).toHaveLength(1);
    expect(faults).toEqual([]);
  }, 180_000);
});
