import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { AnswerOf } from "../../src/protocol/operation-types.js";
import type { Script } from "../emulators/anthropic/script.js";
import { type AnthropicEmulator, startAnthropicEmulator } from "../emulators/anthropic/server.js";
import { dockerInstallation } from "./docker-installation.js";
import { type CreatedRoom, call, exportEvents, type GateSeen, type LoggedEvent } from "./parley-client.js";
import { type ParleyProcess, startParley } from "./parley-process.js";

export const realKey = "sk-ant-the-real-key-of-this-test";
export const docker = (...args: string[]) => promisify(execFile)("docker", args).then(({ stdout }) => stdout);

/** A real Parley with one room, whose agents are Claude Code in containers, and the emulated model behind them. */
export interface ClaudeParley {
  readonly server: ParleyProcess;
  readonly model: AnthropicEmulator;
  readonly room: CreatedRoom;
  /** Posts as the owner, mia. */
  say(body: string): Promise<void>;
  events(): Promise<LoggedEvent[]>;
  openGates(): Promise<GateSeen[]>;
  decide(gate: GateSeen, decision: object): Promise<{ status: number }>;
  /** Of the room. */
  post(path: string, body: object): Promise<{ status: number; body: unknown }>;
  /** A viewer's frames, from the beginning of the room until `until` is among them. */
  seenByViewer(until: string): Promise<string>;
  /** Name of the room's running container; of that agent, where it has several. */
  container(agent?: string): Promise<string>;
  /** Parley dies, something may happen meanwhile, and another one starts on the same folder. */
  restart(options?: { signal?: "SIGKILL" | "SIGTERM"; meanwhile?: () => Promise<unknown> }): Promise<void>;
  /** Removes everything, also on the engine. After a failure the rest is still done. */
  stop(): Promise<void>;
}

const viewerPatienceMs = 60_000;

export async function startClaudeParley(options: {
  script: Script;
  agents: readonly object[];
  /** More of the room, such as its repository. */
  room?: object;
  env?: Record<string, string>;
}): Promise<ClaudeParley> {
  const endings: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    const ended = [];
    for (const end of endings.splice(0).reverse()) ended.push(...(await Promise.allSettled([end()])));
    const failed = ended.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  };
  try {
    return await start(options, { endings, stop });
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

async function start(
  { script, agents, room: more = {}, env = {} }: Parameters<typeof startClaudeParley>[0],
  { endings, stop }: { endings: (() => Promise<unknown>)[]; stop: () => Promise<void> },
): Promise<ClaudeParley> {
  const dataDir = await mkdtemp(join(tmpdir(), "parley-claude-"));
  endings.push(() => rm(dataDir, { recursive: true, force: true }));
  const installation = dockerInstallation(dataDir);
  endings.push(installation.remove);
  const model = await startAnthropicEmulator({ script, apiKeys: [realKey] });
  endings.push(model.stop);
  const open = () =>
    startParley({
      dataDir,
      env: { ANTHROPIC_API_KEY: realKey, ANTHROPIC_BASE_URL: model.url, ...installation.env, ...env },
    });
  let server = await open();
  endings.push(() => server.kill("SIGTERM"));
  const created = await call<CreatedRoom>(`${server.url}/api/rooms`, {
    token: server.adminToken,
    body: { name: "work", owner: "mia", agents, ...more },
  });
  if (created.status !== 201) throw new Error(`no room was made: ${JSON.stringify(created.body)}`);
  const room = created.body;
  const { roomId, token } = room;
  const post = (path: string, body: object) => call(`${server.url}/api/rooms/${roomId}/${path}`, { token, body });
  return {
    get server() {
      return server;
    },
    model,
    room,
    post,
    async say(body) {
      const { status } = await post("messages", { body });
      if (status !== 201) throw new Error(`the message was answered with ${status}`);
    },
    events: () => exportEvents(server.url, roomId, token),
    async openGates() {
      const answer = await call<{ gates: GateSeen[] }>(`${server.url}/api/rooms/${roomId}/gates`, { token });
      return answer.body.gates;
    },
    decide: ({ gateId, hash }, decision) => post(`gates/${gateId}/decision`, { hash, ...decision }),
    async seenByViewer(until) {
      const body = { code: room.invites.viewer, name: "vic" };
      const joined = await call<AnswerOf<"joinRoom">>(`${server.url}/api/join`, { body });
      const stream = await fetch(`${server.url}/api/rooms/${roomId}/events?activity=1&after=0`, {
        headers: { authorization: `Bearer ${joined.body.token}` },
        signal: AbortSignal.timeout(viewerPatienceMs),
      });
      let seen = "";
      for await (const chunk of stream.body ?? []) {
        seen += Buffer.from(chunk).toString("utf8");
        if (seen.includes(until)) break;
      }
      return seen;
    },
    async container(agent) {
      const filters = [`room=${roomId}`, ...(agent === undefined ? [] : [`agent=${agent}`])];
      const names = await docker(
        "ps",
        ...["--format", "{{.Names}}"],
        ...filters.flatMap((filter) => ["--filter", `label=dev.parley.label.${filter}`]),
      );
      return names.trim().split("\n")[0] ?? "";
    },
    async restart({ signal = "SIGKILL", meanwhile } = {}) {
      await server.kill(signal);
      await meanwhile?.();
      server = await open();
    },
    stop,
  };
}
