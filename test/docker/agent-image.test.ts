import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../adapters/docker/image/claude-code-release.js";
import { type Launch, startClaude } from "../emulators/anthropic/claude-process.js";
import { type AnthropicEmulator, startAnthropicEmulator } from "../emulators/anthropic/server.js";
import { needsDocker } from "../support/require.js";

const image = agentImageTag(CLAUDE_CODE_VERSION);

const HARDENED = [
  ...["--network", "none", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
  ...["--memory", "1g", "--pids-limit", "256", "--tmpfs", "/tmp:rw,nosuid,nodev,noexec,size=64m,mode=1777"],
  ...["--tmpfs", "/home/agent:rw,uid=1000,gid=1000,mode=0755", "--tmpfs", "/work:rw,uid=1000,gid=1000,mode=0755"],
];

const run = promisify(execFile);
/** Standard output of a program inside a hardened container without network. */
const inside = async (program: readonly string[], mounts: readonly string[] = []): Promise<string> =>
  (await run("docker", ["run", "--rm", ...HARDENED, ...mounts, image, ...program])).stdout;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const newSocketFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "agent-image-"));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  return folder;
};

const serveIn = async (folder: string): Promise<AnthropicEmulator> => {
  const emulator = await startAnthropicEmulator({ socketPath: join(folder, "proxy.sock") });
  closing.push(() => emulator.stop());
  await chmod(join(folder, "proxy.sock"), 0o666);
  return emulator;
};

/** Claude Code as the container's main program, with nothing but the forwarded port to reach. */
const launchIn =
  (options: { folder: string; name: string }): Launch =>
  (args, { ANTHROPIC_UNIX_SOCKET: _, ...environment }) => {
    const all = { ...environment, ANTHROPIC_BASE_URL: "http://127.0.0.1:3128" };
    const variables = Object.entries(all).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
    const mount = ["--volume", `${options.folder}:/run/parley`];
    const settings = ["--rm", "--interactive", "--name", options.name, ...HARDENED, ...mount, ...variables];
    return spawn("docker", ["run", ...settings, image, "claude", ...args]);
  };

needsDocker()("the agents' image", () => {
  test("runs Claude Code as user 1000 with the runtime's tools and without Node", async () => {
    expect(await inside(["claude", "--version"])).toBe(`${CLAUDE_CODE_VERSION} (Claude Code)\n`);
    const script = "id -u; id -g; pwd; echo $HOME; type -P git tini socat | wc -l; type -P node npm || echo none";
    expect((await inside(["bash", "-c", script])).split("\n")).toEqual([
      "1000",
      "1000",
      "/work",
      "/home/agent",
      "3",
      "none",
      "",
    ]);
  });

  test("forwards nothing without the router's folder, and leaves standard output to the program", async () => {
    const probe = "socat -u OPEN:/dev/null TCP:127.0.0.1:3128 2>/dev/null && echo open || echo closed";
    expect(await inside(["sh", "-c", probe])).toBe("closed\n");
    const folder = await newSocketFolder();
    expect(await inside(["sh", "-c", probe], ["--volume", `${folder}:/run/parley`])).toBe("open\n");
  });

  test("plays turns through the forwarded socket with no network at all, also after the router restarted", async () => {
    const folder = await newSocketFolder();
    const emulator = await serveIn(folder);
    const name = `agent-image-test-${randomUUID()}`;
    const agent = startClaude({ launch: launchIn({ folder, name }), emulator });
    closing.push(() => agent.end());
    const write = '{"tool":"Write","input":{"file_path":"/work/a.txt","content":"from the box"}}';
    const look = '{"tool":"Bash","input":{"command":"cat a.txt","description":"look"}}';
    expect((await agent.turn(`Go @@[${write},${look},{"text":"done"}]`)).text).toBe("done");
    expect(emulator.requests.messages().at(-1)?.input?.results.at(-1)?.text).toBe("from the box");

    await emulator.stop();
    const restarted = await serveIn(folder);
    expect((await agent.turn('@@[{"text":"still connected"}]')).text).toBe("still connected");
    expect(restarted.requests.messages()).toHaveLength(1);
  });

  test("ends at once when the container is asked to", async () => {
    const folder = await newSocketFolder();
    const emulator = await serveIn(folder);
    const name = `agent-image-test-${randomUUID()}`;
    const agent = startClaude({ launch: launchIn({ folder, name }), emulator });
    await agent.turn('@@[{"text":"ready"}]');
    const startedMs = performance.now();
    await run("docker", ["stop", "--time", "20", name]);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(await agent.end()).toBe(143);
  });
});
