import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { discordSupports } from "../../../adapters/discord/limits.js";
import type { ChatDriver, CreateChatDriver, FaultPlan } from "../../contract/chat-driver.js";
import { createDiscordEmulator, type DiscordEmulator } from "../../emulators/discord/emulator.js";
import { type ParleyProcess, startParley } from "../../support/parley-process.js";
import { roomOf } from "./driver.js";
import { addPeople, createDiscordPeople, people } from "./driver-people.js";

const roles = fileURLToPath(new URL("../../contract/chat-roles", import.meta.url));
const channels = ["500000000000000001", "500000000000000002"] as const;
const mentionable = ["600000000000000001", "600000000000000002", "600000000000000003"];
const forever = 1_000_000;
/** How often the plan is asked whether the next call fails. */
const faultEveryMs = 150;

/**
 * The contract's driver against the real program: `parley up` in a process of its own, on its own data folder, against the Discord emulator over real
 * sockets and on real time. Look-ups cannot be left out, and deliveries are not known.
 */
export const createDiscordProcessDriver =
  (options: { env?: Record<string, string> } = {}): CreateChatDriver =>
  async () => {
    const discord = await createDiscordEmulator();
    addPeople(discord);
    const dataDir = await mkdtemp(join(tmpdir(), "parley-discord-"));
    const settings = { PARLEY_SKILLS_DIR: roles, PARLEY_PUBLIC_URL: "https://rooms.example.org" };
    const env = { ...discord.env, DISCORD_APPROVERS: "U-ann", ...settings, ...options.env };
    const actors = createDiscordPeople({ discord });
    let parley: ParleyProcess | undefined;
    let undo: (() => void)[] = [];
    let endFaults = () => {};

    async function start(): Promise<void> {
      parley = await startParley({ dataDir, env, deadlineMs: 60_000 });
      await until("Parley hears", async () => discord.gateway.connections() > 0 && discord.store.state.commands.length);
    }

    async function health() {
      const answer = await fetch(`${parley?.url}/api/health`, {
        headers: { authorization: `Bearer ${parley?.adminToken}` },
      });
      const { checks } = (await answer.json()) as { checks: Record<string, { ok: boolean; detail?: string }> };
      return checks.discord ?? { ok: false };
    }

    /** Messages of the room as the server exports them. */
    async function logged(thread: string) {
      const answer = await fetch(`${parley?.url}/api/rooms/${roomOf(discord, thread)}/export?format=jsonl`, {
        headers: { authorization: `Bearer ${parley?.adminToken}` },
      });
      const events = (await answer.text()).split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
      return events
        .filter(({ type }) => type === "message.posted")
        .map(({ from, body, at }) => ({ from, body, atMs: at }));
    }

    const driver: ChatDriver = {
      platform: "discord",
      supports: discordSupports,
      channels,
      people,
      act: actors.act,
      threads: async (channel) => discord.people.threads(channel),
      seen: async ({ thread }) => actors.seen(discord.people.seen(thread)),
      seenPrivately: async (user) => {
        const direct = discord.people.direct(user);
        return direct === undefined ? [] : actors.seen(discord.people.seen(direct));
      },
      logged: ({ thread }) => logged(thread),
      until,
      pass: (ms) => pause(ms),
      nowMs: Date.now,
      setFaults: async (plan) => {
        endFaults();
        endFaults = plan ? armFaults(discord, plan) : () => {};
      },
      redeliver: () => Promise.reject(new Error("not known here")),
      async setDeaf(isDeaf) {
        for (const end of undo.splice(0)) end();
        if (!isDeaf) return until("Parley hears again", async () => (await health()).ok).then(() => undefined);
        undo = [discord.faults.add({ target: "gateway", mode: "drop", times: forever })];
        discord.gateway.drop();
        discord.gateway.forget();
      },
      setTrouble: () => Promise.reject(new Error("not made here")),
      async kill() {
        await parley?.kill("SIGKILL");
      },
      start,
      health,
      violations: async () => discord.violations().map(({ rule, detail }) => `${rule}: ${detail}`),
      pings: async () => {
        const { pings, unfurls } = discord.reach();
        const unwanted = pings.filter(({ target }) => !mentionable.includes(target));
        return [...unwanted.map(({ target, where }) => `${target} in ${where}`), ...unfurls];
      },
      async stop() {
        endFaults();
        await parley?.kill("SIGTERM");
        await discord.stop();
        await rm(dataDir, { recursive: true, force: true });
      },
    };
    behind.set(driver, { discord, parley: () => parley });
    await start();
    return driver;
  };

interface Behind {
  discord: DiscordEmulator;
  parley: () => ParleyProcess | undefined;
}

const behind = new WeakMap<ChatDriver, Behind>();

/** The parts behind a driver, for assertions that need them. */
export function behindDriver(driver: ChatDriver): Behind {
  const found = behind.get(driver);
  if (!found) throw new Error("no driver of this kind");
  return found;
}

/** Posts of agents fail as the plan says, one at a time. */
function armFaults(discord: DiscordEmulator, plan: FaultPlan): () => void {
  let disarm = () => {};
  const timer = setInterval(() => {
    const fault = plan({ method: "post", channel: undefined });
    if (fault === undefined) return;
    disarm();
    const at = { target: "rest", route: "POST webhook" } as const;
    if (fault.kind === "limited") disarm = discord.faults.add({ ...at, mode: "rate_limit", retryAfterMs: 1_000 });
    else if (fault.kind === "unavailable") disarm = discord.faults.add({ ...at, mode: "http_error" });
    else disarm = discord.faults.add({ ...at, mode: "drop", phase: fault.hasEffect ? "after" : "before" });
  }, faultEveryMs);
  return () => {
    clearInterval(timer);
    disarm();
  };
}

async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false | 0>,
  timeoutMs = 60_000,
): Promise<Exclude<T, false>> {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found as Exclude<T, false>;
    if (Date.now() > endMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await pause(50);
  }
}
