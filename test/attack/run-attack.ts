import { randomBytes } from "node:crypto";
import { setPriority } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { startNameServer } from "../support/name-server.js";
import { type CreatedRoom, call } from "../support/parley-client.js";
import { startPublicHost } from "../support/public-host.js";
import type { Attack, Attacker } from "./attack.js";
import { startBystander } from "./bystander.js";
import { reachesInside } from "./egress.js";
import type { Demands, Figures } from "./figures.js";
import {
  meetsBadProvider,
  noRounds,
  sendsLargeBodies,
  smugglesContent,
  spendsGreedily,
  spendsHonestly,
} from "./model-calls.js";
import { floodsOutput, searchesSandbox } from "./output-floods.js";
import { memberFloods, removedReturns, strangerKnocks, viewerGrabs } from "./people.js";
import { pageRebinds } from "./rebinding-page.js";
import { type AttackedRooms, holdText, lostOf, makeRooms } from "./rooms.js";
import type { SandboxKind } from "./sandboxes.js";
import { scriptsFreeze } from "./scripts.js";
import { createSecretWatch } from "./secrets.js";
import { openTarget, type Target, type TargetKind } from "./target.js";
import { openTraps } from "./traps.js";
import { startHostileUpstream } from "./upstream.js";

export interface AttackOptions {
  on: TargetKind;
  sandbox: SandboxKind;
  minutes: number;
  /** Called with each line of progress. */
  report: (line: string) => void;
}

/** The measurements of one run, and the evidence it has to contain. */
export interface AttackRun {
  figures: Figures;
  demands: Demands;
}

const quietMs = 15_000;
const attackersNice = 10;
const publicName = "public.example.org";
const hour = 60;
/** Limits: bytes of a message, bytes of an agent's record per hour, and messages per minute and person, set low so that a short run reaches it. */
const messageBytes = 32 * 1_024;
const messagesPerMinute = 120;
const recordBytesPerHour = 64 * 1_024 ** 2;
/** Allowance for empty store files, write-ahead logs and half-full pages, bytes. */
const storeBytes = 200 * 1_024 ** 2;
const storeFactor = 2;
/** The contract allows 10 s; a busy machine needs a little more. */
const mostStopMs = 12_000;

export async function runAttack(options: AttackOptions): Promise<AttackRun> {
  const endings: (() => unknown)[] = [];
  try {
    return await attackOn(options, endings);
  } finally {
    for (const end of endings.reverse()) await Promise.resolve(end()).catch(() => {});
  }
}

async function attackOn(options: AttackOptions, endings: (() => unknown)[]): Promise<AttackRun> {
  const { on, sandbox, minutes, report } = options;
  const apiKey = `sk-ant-canary-${randomBytes(16).toString("hex")}`;
  const heldText = `held-${randomBytes(12).toString("hex")}`;
  const traps = await openTraps();
  endings.push(traps.stop);
  const names = await startNameServer();
  endings.push(names.stop);
  const host = sandbox === "docker" ? await startPublicHost(publicName) : undefined;
  if (host) endings.push(host.stop);
  const trapUrl = `http://127.0.0.1:${traps.port}/`;
  const upstream = await startHostileUpstream({ apiKey, trapUrl, script: () => ({ text: "done" }) });
  endings.push(upstream.stop);
  const env = {
    ANTHROPIC_API_KEY: apiKey,
    ANTHROPIC_BASE_URL: upstream.url,
    PARLEY_MODEL_IDLE_S: "5",
    PARLEY_MAX_MESSAGES_PER_MINUTE: String(messagesPerMinute),
    TEST_NAME_SERVER: names.address,
  };
  const target = await openTarget(on, { sandbox, env });
  endings.push(target.stop);
  report(`${on}: ${target.processes.length} running, agents in ${sandbox}`);
  const rooms = await makeRooms(target, { sandbox, heldText });
  await holdText(target, rooms.people);

  const kept = bookkeeping();
  const over = new AbortController();
  endings.push(() => over.abort());
  const attack: Attack = {
    ...kept.attack,
    urls: target.processes.map(({ url }) => url),
    adminToken: target.processes[0]?.adminToken ?? "",
    upstream,
    over: over.signal,
  };
  attack.secrets.add({ name: "the model's key", text: apiKey });
  attack.secrets.add({ name: "the admin token", text: attack.adminToken });
  attack.secrets.add({ name: "held text", text: heldText, among: /^(viewer|stranger|page|sandbox)\// });
  const rounds = noRounds();
  const parleyPort = Number(new URL(attack.urls[0] ?? "").port);
  const attackers = attackersOn(rooms, { rounds, egress: { names, traps, parleyPort, publicAddress: host?.address } });

  const bystander = startBystander(target.processes, rooms.quiet);
  endings.push(bystander.stop);
  await pause(quietMs);
  const before = await target.storedBytes();
  // Real attackers have their own machines, so here they yield to Parley and the bystander.
  setPriority(attackersNice);
  endings.push(() => setPriority(0));
  bystander.attackBegins();
  report(`${attackers.length} attackers for ${minutes} min`);
  const running = attackers.map((attacker) => attacker(attack));
  await watch(target, { attack, minutes, report });
  over.abort();
  await Promise.race([Promise.allSettled(running), pause(60_000)]);
  await bystander.stop();
  for (const failure of bystander.failures) attack.wrong(`the room that nobody attacked: ${failure}`);
  for (const messageId of bystander.messages) attack.acknowledge(rooms.quiet, messageId);
  report("over; the log is compared with what was acknowledged");

  await checkHealth(target, attack);
  const diskBytes = (await target.storedBytes()) - before;
  const lost = await lostMessages(target, kept.acknowledged);
  const memoryBytes = await target.mostMemoryBytes();
  for (const what of upstream.smuggled()) attack.wrong(`content reached the provider: ${what}`);
  await stopInTime(target, attack);
  attack.secrets.see("process/output", target.output());
  const figures: Figures = {
    beyondBudgetUsd: rounds.beyondUsd,
    usefulShare: rounds.usefulShare,
    rounds: { honest: rounds.honest, greedy: rounds.greedy },
    ...bystander.samples,
    memoryBytes,
    diskBytes,
    diskAllowedBytes: allowedBytes({ minutes, agents: rooms.boxes.size }),
    refused: kept.refused,
    controls: kept.controls,
    acknowledged: [...kept.acknowledged.values()].reduce((sum, ids) => sum + ids.length, 0),
    lost,
    secretsSeen: attack.secrets.seen(),
    facesRead: attack.secrets.reads(),
    forbiddenReached: traps.reached(),
    wrong: kept.wrongs(),
  };
  const wrote = kept.controls.get("a member writes") ?? 0;
  return { figures, demands: demandsOf(rooms, { hasFlooded: wrote > messagesPerMinute * minutes }) };
}

/** The most that two members, an owner and the bystander may write, plus the agents' records, bytes. */
function allowedBytes({ minutes, agents }: { minutes: number; agents: number }): number {
  const messages = 4 * (minutes + 1) * messagesPerMinute * messageBytes;
  const records = agents * Math.ceil((minutes + 1) / hour) * recordBytesPerHour;
  return storeFactor * (messages + records) + storeBytes;
}

function attackersOn(
  { people, scripts, boxes, viewers }: AttackedRooms,
  { rounds, egress }: { rounds: ReturnType<typeof noRounds>; egress: Parameters<typeof reachesInside>[1] },
): Attacker[] {
  const [honest, greedy, content] = [boxes.get("honest"), boxes.get("greedy"), boxes.get("content")];
  const [provider, outward, floods] = [boxes.get("provider"), boxes.get("egress"), boxes.get("floods")];
  return [
    memberFloods(people),
    viewerGrabs(people),
    strangerKnocks(people),
    removedReturns(people),
    pageRebinds,
    scriptsFreeze(scripts),
    ...(honest ? [spendsHonestly(honest, rounds)] : []),
    ...(greedy ? [spendsGreedily(greedy, rounds)] : []),
    ...(content ? [smugglesContent(content), sendsLargeBodies(content)] : []),
    ...(provider ? [meetsBadProvider(provider)] : []),
    ...(outward ? [reachesInside(outward, egress), searchesSandbox(outward)] : []),
    ...(floods ? [floodsOutput(floods, { viewer: viewers.get("floods") ?? "" })] : []),
  ];
}

/** Each attack must have had its allowed actions accepted and its forbidden ones refused. */
function demandsOf({ boxes }: AttackedRooms, { hasFlooded }: { hasFlooded: boolean }): Demands {
  const people = ["a member writes", "a viewer has a stream", "a right code joins", "an approver makes an invite"];
  const others = ["a page under Parley's own name", "a script answers beside slow rules"];
  const sandboxes = [
    "a call under its budget",
    "a plain call with a tool of the agent's own",
    "a command of the agent runs",
  ];
  const refused = ["viewer acts", "viewer opens streams", "stranger tries codes", "removed person"];
  const refusedBoxes = ["model call beyond a budget", "smuggled content", "egress to an inner address", "bad provider"];
  const has = boxes.size > 0;
  return {
    budgets: has,
    controls: [...people, ...others, ...(has ? sandboxes : [])],
    // On a very busy machine nobody writes too fast.
    refused: [
      ...(hasFlooded ? ["member writes too fast"] : []),
      ...refused,
      "page under another name",
      ...(has ? refusedBoxes : []),
    ],
  };
}

function bookkeeping() {
  const refused = new Map<string, number>();
  const controls = new Map<string, number>();
  const wrong = new Set<string>();
  const acknowledged = new Map<CreatedRoom, string[]>();
  const count = (counts: Map<string, number>) => (key: string) => void counts.set(key, (counts.get(key) ?? 0) + 1);
  const attack = {
    secrets: createSecretWatch(),
    refuse: count(refused),
    allow: count(controls),
    wrong: (text: string) => void wrong.add(text),
    acknowledge(room: CreatedRoom, messageId: string) {
      const ids = acknowledged.get(room) ?? [];
      ids.push(messageId);
      acknowledged.set(room, ids);
    },
  };
  return { attack, refused, controls, acknowledged, wrongs: () => [...wrong] };
}

async function watch(
  target: Target,
  { attack, minutes, report }: { attack: Attack; minutes: number; report: AttackOptions["report"] },
): Promise<void> {
  const endMs = performance.now() + minutes * 60_000;
  for (let seconds = 0; performance.now() < endMs; seconds += 5) {
    await pause(Math.min(5_000, endMs - performance.now()));
    const memory = await target.mostMemoryBytes();
    if (seconds % 60 === 55) report(`${(seconds + 5) / 60} min, at most ${Math.round(memory / 1_024 ** 2)} MB`);
    for (const what of target.dead()) attack.wrong(what);
    if (target.dead().length > 0) return;
  }
}

async function checkHealth({ processes }: Target, attack: Attack): Promise<void> {
  for (const { url } of processes) {
    const seen = await call<{ healthy?: boolean }>(`${url}/api/health`, { timeoutMs: 30_000 }).catch(() => undefined);
    if (seen?.body.healthy !== true) attack.wrong(`a process is not healthy after the attack: ${JSON.stringify(seen)}`);
  }
}

async function lostMessages(
  target: Target,
  acknowledged: ReadonlyMap<CreatedRoom, readonly string[]>,
): Promise<number> {
  let lost = 0;
  for (const [room, ids] of acknowledged) lost += await lostOf(target, room, ids);
  return lost;
}

async function stopInTime({ processes }: Target, attack: Attack): Promise<void> {
  for (const one of processes) {
    const from = performance.now();
    await one.kill("SIGTERM");
    const tookMs = performance.now() - from;
    if (tookMs > mostStopMs) attack.wrong(`a process took ${Math.round(tookMs / 1_000)} s to stop`);
  }
}
