import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { coderAndReviewer } from "../emulators/anthropic/scripts/coder-reviewer.js";
import { startAnthropicEmulator } from "../emulators/anthropic/server.js";
import { type DockerInstallation, dockerInstallation } from "../support/docker-installation.js";
import {
  type CreatedRoom,
  call,
  eventually,
  exportEvents,
  type GateSeen,
  type LoggedEvent,
} from "../support/parley-client.js";
import { type ParleyProcess, startParley } from "../support/parley-process.js";
import { needsDocker } from "../support/require.js";

const realKey = "sk-ant-the-real-key-of-this-test";
const docker = (...args: string[]) => promisify(execFile)("docker", args).then(({ stdout }) => stdout);

needsDocker()("two real Claude Code agents in two real containers", () => {
  let dataDir: string;
  let server: ParleyProcess;
  let installation: DockerInstallation;
  let model: Awaited<ReturnType<typeof startAnthropicEmulator>>;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "parley-e2e-"));
    installation = dockerInstallation(dataDir);
    model = await startAnthropicEmulator({ script: coderAndReviewer, apiKeys: [realKey] });
    server = await startParley({
      dataDir,
      env: { ANTHROPIC_API_KEY: realKey, ANTHROPIC_BASE_URL: model.url, ...installation.env },
    });
  }, 60_000);

  afterEach(async () => {
    await server.kill("SIGTERM");
    await model.stop();
    await installation.remove();
    await rm(dataDir, { recursive: true, force: true });
  }, 60_000);

  async function newRoom(): Promise<CreatedRoom> {
    const agents = [{ name: "coder", gate: { prefix: ["DONE"] } }, { name: "reviewer" }];
    const { status, body } = await call<CreatedRoom>(`${server.url}/api/rooms`, {
      token: server.adminToken,
      body: { name: "work", owner: "mia", agents },
    });
    expect(status).toBe(201);
    return body;
  }

  /** Decides what is open, as a person would: answers, allows, and edits the held message. */
  async function decideOpen(room: CreatedRoom): Promise<void> {
    const url = `${server.url}/api/rooms/${room.roomId}/gates`;
    const { gates } = (await call<{ gates: GateSeen[] }>(url, { token: room.token })).body;
    for (const { gateId, kind, hash, body } of gates) {
      const decision = {
        message: { action: "edit", hash, body: `${body} Thank you all.` },
        question: { action: "answer", hash, body: "Good day" },
        tool: { action: "allow", hash },
      }[kind];
      if (decision) await call(`${url}/${gateId}/decision`, { token: room.token, body: decision });
    }
  }

  async function untilDone(room: CreatedRoom): Promise<LoggedEvent[]> {
    return eventually(
      async () => {
        await decideOpen(room);
        return exportEvents(server.url, room.roomId, room.token);
      },
      (events) => events.some(({ type, body }) => type === "message.posted" && String(body).startsWith("DONE:")),
      120_000,
    );
  }

  const said = (events: LoggedEvent[]) =>
    events.filter(({ type, from }) => type === "message.posted" && from !== "mia");

  test("finish a piece of work over several turns; a person answers, allows, and edits the held message", {
    timeout: 180_000,
  }, async () => {
    const room = await newRoom();
    await call(`${server.url}/api/rooms/${room.roomId}/messages`, {
      token: room.token,
      body: { body: "@coder please make a script that greets, and have it reviewed" },
    });
    const events = await untilDone(room);
    expect(said(events).map(({ from, body }) => [from, String(body).split(":")[0]])).toEqual([
      ["coder", "REVIEW_REQUEST"],
      ["reviewer", "REVIEW_FEEDBACK"],
      ["coder", "REVIEW_REQUEST"],
      ["reviewer", "APPROVED"],
      ["coder", "DONE"],
    ]);
    expect(said(events).at(-1)?.body).toMatch(/Thank you all\.$/);
    expect(said(events)[0]?.body).toContain("Good day");
    expect(events.some(({ type, usd }) => type === "usage.recorded" && Number(usd) > 0)).toBe(true);
    expect(JSON.stringify(events)).not.toContain(realKey);
    const containers = (await docker("ps", "--format", "{{.Names}}", "--filter", "name=coder_")).trim().split("\n");
    for (const name of containers)
      expect(
        await docker("exec", name, "sh", "-c", "env; cat /proc/1/environ /home/agent/.claude.json 2>/dev/null || true"),
      ).not.toContain(realKey);
  });

  test("a container killed in mid-turn is replaced: the work goes on, nothing is said twice", {
    timeout: 180_000,
  }, async () => {
    const room = await newRoom();
    await call(`${server.url}/api/rooms/${room.roomId}/messages`, {
      token: room.token,
      body: { body: "@coder please make a script that greets, and have it reviewed" },
    });
    const gates = () =>
      call<{ gates: GateSeen[] }>(`${server.url}/api/rooms/${room.roomId}/gates`, { token: room.token });
    await eventually(gates, ({ body }) => body.gates.length > 0, 60_000);
    const [name = ""] = (
      await docker("ps", "--format", "{{.Names}}", "--filter", `label=dev.parley.label.room=${room.roomId}`)
    )
      .trim()
      .split("\n");
    await docker("kill", "--signal", "KILL", name);
    const events = await untilDone(room);
    expect(events.filter(({ type, outcome }) => type === "turn.ended" && outcome === "lost")).toHaveLength(1);
    const texts = said(events).map(({ from, body }) => `${from}: ${body}`);
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts).toHaveLength(5);
  });
});
