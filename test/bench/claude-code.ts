import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Script } from "../emulators/anthropic/script.js";
import { type AnthropicEmulator, startAnthropicEmulator } from "../emulators/anthropic/server.js";
import { dockerInstallation } from "../support/docker-installation.js";
import { type CreatedRoom, call } from "../support/parley-client.js";
import { type ParleyProcess, startParley } from "../support/parley-process.js";
import { dockerAnswers, findClaudeCode } from "../support/programs.js";
import { type BareClaude, startBareClaude } from "./bare-claude.js";
import { median, quantile, type Row, short } from "./statistics.js";
import { openWatch, type Watch } from "./watch.js";

const key = "sk-ant-of-the-benchmark";
const turns = 15;
const starts = 2;

/** An emulated model that answers at once, and says when it was asked and when it answered. */
interface TimedModel {
  emulator: AnthropicEmulator;
  /** The call whose prompt holds this text: its times, once it was answered. */
  callOf(text: string): Promise<{ askedAt: number; answeredAt: number }>;
}

async function startModel(): Promise<TimedModel> {
  const calls = new Map<string, { askedAt: number; answeredAt: number }>();
  const waiting = new Map<string, () => void>();
  const textOf = (prompt: string) => /mark-[a-z0-9-]+/.exec(prompt.slice(prompt.lastIndexOf("mark-")))?.[0] ?? "none";
  const script: Script = ({ prompt }) => {
    const askedAt = performance.now();
    const text = textOf(prompt);
    calls.set(text, { askedAt, answeredAt: performance.now() });
    waiting.get(text)?.();
    return { text: `@mia heard ${text}`, chunkChars: 1_000 };
  };
  const emulator = await startAnthropicEmulator({ script, apiKeys: [key], bearerTokens: [] });
  return {
    emulator,
    async callOf(text) {
      if (!calls.has(text)) await new Promise<void>((resolve) => waiting.set(text, resolve));
      return calls.get(text) ?? { askedAt: Number.NaN, answeredAt: Number.NaN };
    },
  };
}

interface Bench {
  model: TimedModel;
  server: ParleyProcess;
  dir: string;
}

let marks = 0;
const newMark = () => `mark-${marks++}`;

/** Undefined: here it can be run. */
function missing(): string | undefined {
  if (!dockerAnswers()) return "skipped: no Docker engine answers";
  return findClaudeCode() === undefined ? "skipped: no Claude Code binary" : undefined;
}

async function withBench(what: { id: string; what: string }, run: (bench: Bench) => Promise<Row[]>): Promise<Row[]> {
  const why = missing();
  if (why !== undefined) return [{ ...what, result: why }];
  const dir = await mkdtemp(join(tmpdir(), "parley-bench-"));
  const model = await startModel();
  const installation = dockerInstallation(dir);
  const env = { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: model.emulator.url, ...installation.env };
  const server = await startParley({ dataDir: join(dir, "data"), env });
  try {
    return await run({ model, server, dir });
  } finally {
    await server.kill("SIGTERM");
    await installation.remove();
    await model.emulator.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

async function newRoom({ server }: Bench, agents: readonly string[]): Promise<CreatedRoom> {
  const { body } = await call<CreatedRoom>(`${server.url}/api/rooms`, {
    token: server.adminToken,
    body: { name: "bench", owner: "mia", agents: agents.map((name) => ({ name, role: "coder" })) },
  });
  return body;
}

const docker = (...args: string[]) => promisify(execFile)("docker", args).then(({ stdout }) => stdout.trim());
const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

async function containersOf(roomId: string): Promise<string[]> {
  return lines(await docker("ps", "-a", "--format", "{{.Names}}", "--filter", `label=dev.parley.label.room=${roomId}`));
}

/** One turn through Parley: from the message's acceptance to the model, and from the model's answer to the viewer. */
async function turnOf({ server, model }: Bench, { room, watch, to }: { room: CreatedRoom; watch: Watch; to: string }) {
  const mark = newMark();
  const seen = watch.until(`heard ${mark}`);
  const ended = watch.until(`"agent":"${to}","outcome":"done"`);
  const sentAt = performance.now();
  await call(`${server.url}/api/rooms/${room.roomId}/messages`, {
    token: room.token,
    body: { body: `@${to} ${mark}` },
  });
  const acceptedAt = performance.now();
  const { askedAt, answeredAt } = await model.callOf(mark);
  const back = (await seen) - answeredAt;
  await ended;
  return { sent: askedAt - sentAt, accepted: askedAt - acceptedAt, back };
}

async function bareTurnOf({ model }: Bench, claude: BareClaude) {
  const mark = newMark();
  const seen = claude.until(`heard ${mark}`);
  const from = performance.now();
  claude.say(mark);
  const { askedAt, answeredAt } = await model.callOf(mark);
  const back = (await seen) - answeredAt;
  await claude.idle();
  return { there: askedAt - from, back };
}

const both = (samples: readonly number[]) =>
  `p50 ${short(quantile(samples, 0.5))}, p99 ${short(quantile(samples, 0.99))} ms`;

export function turnRows(): Promise<Row[]> {
  const id = "C1";
  return withBench({ id, what: "a turn of Claude Code through Parley" }, async (bench) => {
    const room = await newRoom(bench, ["coder"]);
    const watch = await openWatch(bench.server.url, room);
    const claude = startBareClaude({ dir: join(bench.dir, "bare"), url: bench.model.emulator.url, key });
    const own: Awaited<ReturnType<typeof turnOf>>[] = [];
    const bare: Awaited<ReturnType<typeof bareTurnOf>>[] = [];
    for (let at = -3; at < turns; at++) {
      const ownTurn = await turnOf(bench, { room, watch, to: "coder" });
      const bareTurn = await bareTurnOf(bench, claude);
      if (at < 0) continue;
      own.push(ownTurn);
      bare.push(bareTurn);
    }
    watch.close();
    claude.stop();
    const there = { own: own.map(({ sent }) => sent), bare: bare.map(({ there }) => there) };
    const back = { own: own.map((turn) => turn.back), bare: bare.map((turn) => turn.back) };
    const added = (sides: { own: number[]; bare: number[] }) => short(median(sides.own) - median(sides.bare));
    return [
      { id, what: "message sent → model called, through Parley", result: both(there.own) },
      { id, what: "  from its being accepted", result: both(own.map(({ accepted }) => accepted)) },
      { id, what: "  the bare CLI, prompt written → model called", result: both(there.bare) },
      { id, what: "  Parley adds, median", result: `${added(there)} ms` },
      { id, what: "model answers → message on a viewer's stream, through Parley", result: both(back.own) },
      { id, what: "  the bare CLI, model answers → text printed", result: both(back.bare) },
      { id, what: "  Parley adds, median", result: `${added(back)} ms` },
    ];
  });
}

/** Message sent to model called, of an agent that has never run, one whose container went and one frozen; and of the bare CLI from its spawn. */
export function startRows(): Promise<Row[]> {
  const id = "C2";
  return withBench({ id, what: "starts of an agent" }, async (bench) => {
    const cold: number[] = [];
    const warm: number[] = [];
    const bare: number[] = [];
    for (let at = 0; at < starts; at++) {
      const room = await newRoom(bench, ["coder"]);
      const watch = await openWatch(bench.server.url, room);
      cold.push((await turnOf(bench, { room, watch, to: "coder" })).sent);
      const [name = ""] = await containersOf(room.roomId);
      await docker("kill", name);
      warm.push((await turnOf(bench, { room, watch, to: "coder" })).sent);
      watch.close();
      const claude = startBareClaude({ dir: join(bench.dir, `bare-${at}`), url: bench.model.emulator.url, key });
      bare.push((await bareTurnOf(bench, claude)).there);
      claude.stop();
      await docker("rm", "-f", ...(await containersOf(room.roomId)));
    }
    const range = (samples: readonly number[]) =>
      `median ${short(median(samples))}, worst ${short(Math.max(...samples))} ms`;
    return [
      { id, what: "first message of a new agent → model called (cold)", result: range(cold) },
      { id, what: "  after its container was killed (resumed on its home)", result: range(warm) },
      { id, what: "  the bare CLI, spawned → model called", result: range(bare) },
    ];
  });
}

export function memoryRows(): Promise<Row[]> {
  const id = "C3";
  const names = Array.from({ length: 8 }, (_, at) => `agent-${at + 1}`);
  return withBench({ id, what: "memory of 8 agents" }, async (bench) => {
    const room = await newRoom(bench, names);
    const watch = await openWatch(bench.server.url, room);
    const from = performance.now();
    await Promise.all(names.map((to) => turnOf(bench, { room, watch, to })));
    const allMs = performance.now() - from;
    const at = performance.now();
    await Promise.all(names.map((to) => turnOf(bench, { room, watch, to })));
    const againMs = performance.now() - at;
    watch.close();
    const used = lines(
      await docker("stats", "--no-stream", "--format", "{{.MemUsage}}", ...(await containersOf(room.roomId))),
    ).map(mib);
    const router = Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${bench.server.pid}/status`, "utf8"))?.[1]);
    const sum = used.reduce((total, one) => total + one, 0);
    return [
      {
        id,
        what: "8 agents, started together and answered",
        result: `${short(allMs)} ms; 8 warm turns ${short(againMs)} ms`,
      },
      {
        id,
        what: "  memory of their containers",
        result: `${short(sum)} MiB, ${short(sum / used.length)} MiB an agent`,
      },
      { id, what: "  Parley itself", result: `${short(router / 1_024)} MiB` },
    ];
  });
}

/** `112.3MiB / 1GiB`. */
function mib(usage: string): number {
  const [, amount = "0", unit = ""] = /^([\d.]+)([KMG])iB/.exec(usage) ?? [];
  return Number(amount) * ({ K: 1 / 1_024, M: 1, G: 1_024 }[unit] ?? Number.NaN);
}
