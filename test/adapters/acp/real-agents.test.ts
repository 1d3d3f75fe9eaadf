import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { acpSandboxId } from "../../../adapters/acp/acp-opening.js";
import type { AcpProgram, AcpRole } from "../../../adapters/acp/options.js";
import { createDockerSandboxes } from "../../../adapters/docker/sandboxes.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { programOf } from "../../../src/main/acp-runtimes.js";
import { shippedRuntimes } from "../../../src/main/shipped-runtimes.js";
import { listen, messageFor } from "../../contract/agent-listener.js";
import { DEFAULT_OPENAI_KEY, startOpenAiEmulator } from "../../emulators/openai/server.js";
import { agentSpec } from "../../support/agent-spec.js";
import { newInstallationId } from "../../support/docker-installation.js";
import { needsImage } from "../../support/require.js";
import { sha256 } from "../../support/sha256.js";
import { createAcpRig, writingRole } from "./support/rig.js";

const run = promisify(execFile);
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const reader: AcpRole = { guidance: "You read.", tools: { allow: ["Read"], autoAllow: ["Read"], deny: [] } };
const steps = (list: readonly object[]) => `@@${JSON.stringify(list)}`;

/** A folder with a socket behind which the emulated API answers, as the gateway does for an agent. */
async function openSocket(): Promise<string> {
  const emulator = await startOpenAiEmulator();
  const { port } = new URL(emulator.url);
  const folder = await mkdtemp(join(tmpdir(), "pr-"));
  const server = createServer((socket) => {
    const api = connect(Number(port), "127.0.0.1");
    for (const end of [socket, api]) end.on("error", () => {});
    socket.pipe(api).pipe(socket);
  });
  await new Promise<void>((resolve) => void server.listen(join(folder, "proxy.sock"), resolve));
  await chmod(folder, 0o755);
  await chmod(join(folder, "proxy.sock"), 0o666);
  closing.push(async () => {
    server.close();
    await emulator.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

/** A shipped runtime whose token is the emulator's key, and whose gateway is the emulator itself. */
function shipped(name: string): AcpProgram {
  const definition = shippedRuntimes.find((one) => one.name === name);
  if (!definition) throw new Error(`Parley ships no ${name}`);
  const program = programOf(definition, { socketUrl: "http://127.0.0.1:3128" });
  const direct = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value.replaceAll("/openai/v1", "/v1")]));
  return { ...program, homeFiles: direct(program.homeFiles), defaultModel: "gpt-6-sol" };
}

async function openReal(name: string, role: AcpRole = writingRole) {
  const installationId = newInstallationId();
  const socketDir = await openSocket();
  const openSandboxes = () =>
    createDockerSandboxes({
      installationId,
      image: "parley-agent-is-not-used",
      clock: createSystemClock(),
      logger: createMemoryLogger(),
    });
  const rig = await createAcpRig({
    program: shipped(name),
    openSandboxes,
    more: {
      roleOf: () => role,
      socketDirOf: () => socketDir,
      tokenOf: () => DEFAULT_OPENAI_KEY,
      startTimeoutMs: 120_000,
      limits: { memoryMb: 1_536, cpus: 2, pids: 256 },
    },
  });
  closing.push(rig.stop);
  const sessionId = randomUUID();
  const open = async () => {
    const agent = await rig.agents.open(agentSpec(), { sessionId, resume: true });
    const listener = listen(agent);
    let turns = 0;
    const tell = async (body: string) => {
      await agent.send(messageFor(randomUUID(), body));
      return listener.nth("turnEnded", ++turns);
    };
    return { agent, listener, tell };
  };
  const container = `parley-${installationId}-${acpSandboxId({ spec: agentSpec(), sessionId }, sha256)}`;
  const inside = async (command: string) =>
    (await run("docker", ["exec", container, "sh", "-c", `(${command}) 2>&1 || true`])).stdout;
  return { rig, open, inside };
}

/** A call of the tool that each program has for commands. */
const commandOf: Readonly<Record<string, (command: string) => object>> = {
  codex: (cmd) => ({
    text: "I run it",
    tool: "exec",
    input: `const r = await tools.exec_command(${JSON.stringify({ cmd, sandbox_permissions: "require_escalated", justification: "try" })}); text(r.output)`,
  }),
  opencode: (command) => ({ text: "I run it", tool: "bash", input: { command, description: "try" } }),
};

describe.each(["codex", "opencode"])("%s", (name) => {
  needsImage(shipped(name).image ?? "")("in its container", () => {
    const command = (text: string) => commandOf[name]?.(text) ?? {};

    test("asks before it runs a command, runs it once it may, and goes on after its container was killed", async () => {
      const { rig, open, inside } = await openReal(name);
      const first = await open();
      const turn = first.tell(steps([command("touch /work/made"), { text: "@mia: it is made" }]));
      const ask = await first.listener.nth("ask", 1);
      expect(ask).toMatchObject({ askKind: "tool" });
      expect(JSON.stringify(ask.input)).toContain("touch /work/made");
      expect(await inside("ls /work")).toBe("");
      await first.agent.answer(ask.requestId, { kind: "allow", input: ask.input, remember: false });
      expect(await turn).toEqual({ kind: "turnEnded", outcome: "done" });
      expect(first.listener.texts()).toEqual(["I run it", "@mia: it is made"]);
      expect(await inside("ls /work")).toBe("made\n");
      await rig.kill();
      const second = await open();
      expect(second.agent.hasLostConversation).toBe(false);
      await second.tell(steps([{ text: "still here" }]));
      expect(second.listener.texts()).toEqual(["still here"]);
    }, 240_000);

    test("does not run what a person denied", async () => {
      const { open, inside } = await openReal(name);
      const { agent, listener, tell } = await open();
      const turn = tell(steps([command("touch /work/made"), { text: "as you wish" }]));
      const ask = await listener.nth("ask", 1);
      await agent.answer(ask.requestId, { kind: "deny", message: "not on a Friday" });
      expect((await turn).outcome).toBe("done");
      expect(await inside("ls /work")).toBe("");
    }, 240_000);

    test("has no network, and cannot write to its work folder in a role that only reads", async () => {
      const { open, inside } = await openReal(name, reader);
      const { listener, tell } = await open();
      await tell(steps([command("touch /work/made; echo tried"), { text: "I tried" }]));
      expect(listener.all("ask")).toEqual([]);
      expect(await inside("ls /work; touch /work/own; cat /proc/net/dev | grep -v lo: | wc -l")).toMatch(
        /Read-only file system\n2\n$/,
      );
    }, 240_000);
  });
});
