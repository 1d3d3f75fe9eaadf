import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { positiveNumber, readCommand, wholeNumber } from "../support/command-options.js";
import { type CreatedRoom, call } from "../support/parley-client.js";
import { type ParleyProcess, startParley } from "../support/parley-process.js";

/**
 * Sandboxes that write as fast as they can, against one real process on LMDB, beside an unrelated room. Prints the peak memory of Parley, and
 * how long that room's messages take to be stored before and during the flood, by the clock and in processor time of Parley's event loop, which other programs of the machine do not change. Sandboxes are processes of this machine at the lowest priority, so that
 * only the cost of reading them is measured.
 */
const { values } = readCommand({
  command: "npm run hostile --",
  options: { sandboxes: wholeNumber(20), minutes: positiveNumber(1, { atMost: 600 }) },
});
const { sandboxes, minutes } = values;
const pacedMs = 20;

const folder = mkdtempSync(join(tmpdir(), "parley-hostile-"));
const bin = join(folder, "bin");
mkdirSync(bin);
copyFileSync(fileURLToPath(new URL("fake-claude.mjs", import.meta.url)), join(bin, "claude-here.mjs"));
const wrapper = `#!/bin/sh\nexec nice -n 19 "${process.execPath}" "${bin}/claude-here.mjs"\n`;
writeFileSync(join(bin, "claude"), wrapper, { mode: 0o755 });

const parley = await startParley({
  dataDir: join(folder, "data"),
  env: {
    PATH: `${bin}:${process.env.PATH}`,
    PARLEY_SANDBOX: "process",
    ANTHROPIC_API_KEY: "no-key-of-anybody",
    ANTHROPIC_BASE_URL: "http://127.0.0.1:9",
    PARLEY_MAX_MESSAGES_PER_MINUTE: "1000000",
    PARLEY_MAX_JOURNALS_MB: "512",
  },
});
try {
  await measure(parley);
} finally {
  await parley.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
}

async function measure({ pid }: ParleyProcess): Promise<void> {
  const quietRoom = await makeRoom("quiet", []);
  await postFor(quietRoom, { pid, durationMs: 3_000 });
  const quiet = await postFor(quietRoom, { pid, durationMs: Math.min(20_000, minutes * 60_000) });
  const before = rssOf(pid);
  const names = Array.from({ length: sandboxes }, (_, index) => `bad-${index + 1}`);
  const agents = names.map((name) => ({ name, runtime: "claude-code", role: "coder" }));
  const hostileRoom = await makeRoom("hostile", agents);
  await post(hostileRoom, "@room go");
  await waitForTurns(hostileRoom);
  const loud = await postFor(quietRoom, { pid, durationMs: minutes * 60_000 });
  const [most, journals] = [peakOf(pid), statSync(join(folder, "data", "journals", "data.mdb")).size];
  const mb = (bytes: number) => `${Math.round(bytes / 1_024 / 1_024)} MB`;
  console.log(`${sandboxes} hostile sandboxes for ${minutes} min`);
  console.log(`memory of Parley: ${mb(before)} before, at most ${mb(most)}; records of turns on disk: ${mb(journals)}`);
  for (const [name, taken] of [
    ["quiet", quiet],
    ["meanwhile", loud],
  ] as const)
    console.log(
      `another room, ${name}: ${taken.tookMs.length} messages; by the clock ${wordsOf(taken.tookMs)}; work that each waited for ${wordsOf(taken.busyMs)}; event loop ${Math.round(taken.busyShare * 100)} % busy`,
    );
  const factor = (of: (samples: Samples) => readonly number[]) => (at(of(loud), 0.99) / at(of(quiet), 0.99)).toFixed(2);
  console.log(
    `p99 meanwhile is ${factor(({ tookMs }) => tookMs)} times the quiet one by the clock, ${factor(({ busyMs }) => busyMs)} times in work (to be below 2)`,
  );
}

async function makeRoom(name: string, agents: object[]): Promise<CreatedRoom> {
  const { status, body } = await call<CreatedRoom>(`${parley.url}/api/rooms`, {
    token: parley.adminToken,
    body: { name, agents },
    timeoutMs: 60_000,
  });
  if (status !== 201) throw new Error(`the room ${name} was not made: ${JSON.stringify(body)}`);
  return body;
}

async function post({ roomId, token }: CreatedRoom, body: string): Promise<void> {
  const answer = await call(`${parley.url}/api/rooms/${roomId}/messages`, { token, body: { body }, timeoutMs: 60_000 });
  if (answer.status !== 201) throw new Error(`not posted: ${JSON.stringify(answer.body)}`);
}

/** Sorted times of messages, and the share of the time in which the event loop of Parley worked. */
interface Samples {
  tookMs: readonly number[];
  /** Processor time of the event loop while a message waited. */
  busyMs: readonly number[];
  busyShare: number;
}

/** Posts messages one after another. */
async function postFor(room: CreatedRoom, { pid, durationMs }: { pid: number; durationMs: number }): Promise<Samples> {
  const [tookMs, busyMs]: [number[], number[]] = [[], []];
  const [fromMs, busyFromMs] = [performance.now(), busyMsOf(pid)];
  while (performance.now() < fromMs + durationMs) {
    const [startedMs, busyBeforeMs] = [performance.now(), busyMsOf(pid)];
    await post(room, "hello");
    tookMs.push(performance.now() - startedMs);
    busyMs.push(busyMsOf(pid) - busyBeforeMs);
    await pause(pacedMs);
  }
  const busyShare = (busyMsOf(pid) - busyFromMs) / (performance.now() - fromMs);
  for (const times of [tookMs, busyMs]) times.sort((a, b) => a - b);
  return { tookMs, busyMs, busyShare };
}

/** Processor time of the main thread of a process so far, ms. */
function busyMsOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
}

function wordsOf(sorted: readonly number[]): string {
  return `p50 ${at(sorted, 0.5).toFixed(1)} ms, p99 ${at(sorted, 0.99).toFixed(1)} ms, longest ${at(sorted, 1).toFixed(0)} ms`;
}

/** Waits until every hostile agent works. */
async function waitForTurns({ roomId, token }: CreatedRoom): Promise<void> {
  for (let tries = 0; tries < 240; tries++) {
    const { body } = await call<{ participants: { kind: string; status: string }[] }>(
      `${parley.url}/api/rooms/${roomId}`,
      { token, timeoutMs: 60_000 },
    );
    if (body.participants.every(({ kind, status }) => kind === "human" || status === "working")) return;
    await pause(500);
  }
  throw new Error(`the agents did not start:\n${parley.output()}`);
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function statusOf(pid: number, field: string): number {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) * 1_024;
}

function rssOf(pid: number): number {
  return statusOf(pid, "VmRSS");
}

function peakOf(pid: number): number {
  return statusOf(pid, "VmHWM");
}
