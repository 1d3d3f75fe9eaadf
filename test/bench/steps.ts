import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createFileBlobs } from "../../adapters/files/blobs.js";
import { toolResultOf } from "../../adapters/kit/tool-result.js";
import { openLmdb } from "../../adapters/lmdb/open-lmdb.js";
import { createRandomIds } from "../../adapters/memory/ids.js";
import { createMemoryLogger } from "../../adapters/memory/logger.js";
import { createSystemClock } from "../../adapters/memory/system-clock.js";
import { createMemoryWakeups } from "../../adapters/memory/wakeups.js";
import type { Agent, Agents, Output } from "../../src/ports/agents.js";
import type { Blobs } from "../../src/ports/blobs.js";
import type { EventLog } from "../../src/ports/event-log.js";
import { assembleMemoryRooms } from "../support/memory-parts.js";
import { type CreatedRoom, call, eventually } from "../support/parley-client.js";
import { startParley } from "../support/parley-process.js";
import { findChromium } from "../support/programs.js";
import { joinByLink, launchBrowser, openPerson } from "../web/support/browser.js";
import { makeRoom } from "./bench-runtime.js";
import { type Row, short } from "./statistics.js";

const calls = 10_000;
const megabyte = 1_000_000;
const roomId = "steps00000";

/** A turn of 10,000 tool calls with results of 1 MB: what is stored of it, what stays in memory, and how long the page is busy with it. */
export async function stepRows(): Promise<Row[]> {
  const dir = await mkdtemp(join(tmpdir(), "parley-bench-"));
  try {
    return [...(await costRows(join(dir, "cost"))), await frameRow(join(dir, "page"))];
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function costRows(dir: string): Promise<Row[]> {
  const [clock, logger] = [createSystemClock(), createMemoryLogger({ maxRecords: 100 })];
  const { eventLog, snapshots, close } = await openLmdb({ dir, log: logger });
  const blobs = createFileBlobs({ dir: join(dir, "files") });
  const { runtime } = assembleMemoryRooms({
    eventLog,
    snapshots,
    blobs,
    wakeups: createMemoryWakeups({ clock, log: logger }),
    runtimes: { function: busyAgents() },
    clock,
    ids: createRandomIds(),
    logger,
    node: "bench",
  });
  runtime.start();
  await makeRoom(runtime, roomId, ["coder"]);
  const before = heapMb();
  const by = { kind: "admin" } as const;
  await runtime.rooms.execute(roomId, { type: "message.post", by, messageId: "go", body: "go", to: ["coder"] });
  const isOver = () => runtime.rooms.peek(roomId, (room) => room.participants.get("coder"));
  await eventually(isOver, (agent) => agent?.kind === "agent" && agent.turn === undefined && agent.turns > 0, 600_000);
  await runtime.stop();
  const grown = heapMb() - before;
  const [journal, results] = [await journalMb(eventLog), await blobsMb(blobs)];
  await close();
  const what = `a turn of ${calls.toLocaleString("en")} tools with 1 MB results:`;
  const stored = journal.mb + results;
  return [
    {
      id: "S1",
      what: `${what} stored, ${journal.tools.toLocaleString("en")} tools of it`,
      result: `${short(stored)} MB (journal ${short(journal.mb)}, results ${short(results)})`,
      aim: "≤ 20 MB",
      met: stored <= 20 && journal.tools === calls,
    },
    { id: "S1", what: `${what} memory kept`, result: `${short(grown)} MB`, aim: "≤ 20 MB", met: grown <= 20 },
  ];
}

/** Agents whose every turn uses so many tools. Outputs are made as they are asked for. */
function busyAgents(): Agents {
  const content = "0123456789abcdef".repeat(megabyte / 16);
  async function* turn(): AsyncGenerator<Output> {
    for (let at = 0; at < calls; at += 1) {
      const tool = { kind: "tool", id: `tool-${at}`, name: "Bash", summary: `make part ${at}` } as const;
      yield {
        ...tool,
        phase: "started",
        input: JSON.stringify({ command: `make part ${at}`, description: content.slice(0, 2_000) }),
      };
      yield { ...tool, phase: "ended" };
      // Each another one, so that no two results are one file.
      yield toolResultOf({ id: tool.id, ok: true, content: `${at} ${content}` });
    }
    yield { kind: "turnEnded", outcome: "done" };
  }
  return {
    open: async (): Promise<Agent> => {
      let begin = () => {};
      const begun = new Promise<void>((resolve) => {
        begin = resolve;
      });
      async function* outputs(): AsyncGenerator<Output> {
        await begun;
        yield* turn();
      }
      const nothing = async () => {};
      return { outputs: outputs(), send: async () => begin(), answer: nothing, interrupt: nothing, close: nothing };
    },
    list: async () => [],
    check: async () => ({ ok: true }),
  };
}

function heapMb(): number {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  gc();
  gc();
  return process.memoryUsage().heapUsed / megabyte;
}

async function journalMb(eventLog: EventLog): Promise<{ mb: number; tools: number }> {
  let [after, bytes, tools] = [0, 0, 0];
  for (;;) {
    const entries = await eventLog.read(`agent/${roomId}/coder`, { after, limit: 100 });
    if (entries.length === 0) return { mb: bytes / megabyte, tools };
    for (const entry of entries) {
      after = Math.max(after, entry.version ?? 0);
      if (entry.kind !== "commit") continue;
      bytes += Buffer.byteLength(JSON.stringify(entry.commit));
      tools += entry.commit.events.filter(({ type }) => type === "tool.result").length;
    }
  }
}

async function blobsMb(blobs: Blobs): Promise<number> {
  return (await blobs.list()).reduce((sum, { bytes }) => sum + bytes, 0) / megabyte;
}

/** Tasks over 50 ms while the turn is unfolded, read to its end and scrolled through. */
async function frameRow(dataDir: string): Promise<Row> {
  const what = `a turn of ${calls.toLocaleString("en")} tools unfolded and scrolled: longest frame`;
  if (findChromium() === undefined) return { id: "S1", what, result: "not run: no chromium on PATH" };
  const room = await prepareTurn(dataDir);
  const server = await startParley({ dataDir });
  const browser = await launchBrowser();
  try {
    const { page } = await openPerson(browser, { origin: server.url });
    await joinByLink(page, { url: server.url, code: room.invites.member, name: "Max" });
    await page.getByText("Live", { exact: true }).waitFor();
    await page.evaluate(`window.longest = 0; new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
    }).observe({ type: "longtask" })`);
    await page.getByRole("button", { name: "What coder did, turn by turn" }).click();
    await page.getByRole("button", { name: /What happened/ }).click();
    await page.getByText("Reading what happened").waitFor({ state: "detached", timeout: 120_000 });
    await page.evaluate(`(async () => {
      const box = document.querySelector(".steps-scroll");
      for (let part = 1; part <= 100; part += 1) {
        box.scrollTop = (box.scrollHeight * part) / 100;
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      }
    })()`);
    const longest = await page.evaluate<number>("window.longest");
    return {
      id: "S1",
      what,
      result: longest === 0 ? "≤ 50 ms" : `${short(longest)} ms`,
      aim: "≤ 50 ms",
      met: longest <= 50,
    };
  } finally {
    await browser.close();
    await server.kill("SIGTERM");
  }
}

/** A room whose coder has had the turn: its log and its journal are written directly. */
async function prepareTurn(dataDir: string): Promise<CreatedRoom> {
  const server = await startParley({ dataDir });
  const body = { name: "bench", owner: "mia", agents: [{ name: "coder", script: [] }] };
  const made = await call<CreatedRoom>(`${server.url}/api/rooms`, { token: server.adminToken, body });
  await server.kill("SIGTERM");
  const { roomId: id } = made.body;
  const { eventLog, close } = await openLmdb({ dir: dataDir, log: createMemoryLogger() });
  const turn = { turnId: "turn-of-the-bench", agent: "coder" };
  await append(eventLog, `room/${id}`, [
    { type: "turn.started", ...turn, messages: [], node: "bench", boot: "bench", attempt: 1 },
    { type: "turn.ended", ...turn, outcome: "done", steps: calls },
  ]);
  for (let at = 0; at < calls; at += 100) {
    const tools = Array.from({ length: 100 }, (_, offset) => toolEvents(turn.turnId, at + offset));
    await append(eventLog, `agent/${id}/coder`, tools.flat());
  }
  await close();
  return made.body;
}

function toolEvents(turnId: string, at: number): ({ type: string } & Record<string, unknown>)[] {
  const tool = { type: "tool", turnId, id: `tool-${at}`, name: "Bash", summary: `make part ${at}` };
  const text = "some words of a result ".repeat(at % 100 === 0 ? 700 : 10);
  return [
    { ...tool, phase: "started", input: `{"command":"make part ${at}"}` },
    { ...tool, phase: "ended" },
    { type: "tool.result", turnId, id: tool.id, ok: true, bytes: megabyte, text, cut: true },
  ];
}

async function append(
  eventLog: EventLog,
  stream: string,
  events: ({ type: string } & Record<string, unknown>)[],
): Promise<void> {
  const head = await eventLog.head(stream);
  const version = (head?.version ?? 0) + 1;
  const commit = { id: `bench-${version}`, version, parent: head?.id ?? "", at: Date.now(), by: "coder", events };
  const appended = await eventLog.append(stream, [commit]);
  if (appended.kind !== "appended") throw new Error(`not written: ${appended.kind}`);
}
