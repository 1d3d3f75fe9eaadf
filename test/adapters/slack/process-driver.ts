import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { slackSupports } from "../../../adapters/slack/limits.js";
import type { ChatDriver, CreateChatDriver, FaultPlan } from "../../contract/chat-driver.js";
import { createSlackEmulator, type SlackEmulator } from "../../emulators/slack/emulator.js";
import { freePort } from "../../support/free-port.js";
import { type ParleyProcess, startParley } from "../../support/parley-process.js";
import { addPeople, people, seenBy, userIds } from "./driver-people.js";
import type { Mode } from "./harness.js";
import { createProcessPeople } from "./process-people.js";

const roles = fileURLToPath(new URL("../../contract/chat-roles", import.meta.url));
const channels = ["C00GENERAL", "C000BUILDS"] as const;
const forever = 1_000_000;
/** How often the plan is asked whether the next call fails. */
const faultEveryMs = 150;
/** Slack's durations, with a redelivery schedule that fits into a test. */
const settings = { redeliveryDelaysMs: [500, 2_000, 5_000, 10_000, 20_000, 30_000] };

/**
 * The contract's driver against the real program: `parley up` in a process of its own, on its own data folder, against the Slack emulator over real
 * sockets and on real time. Look-ups cannot be left out, and deliveries are not known.
 */
export const createSlackProcessDriver =
  (
    mode: Mode,
    options: {
      env?: Record<string, string>;
      /** Starts the process, or several, with these settings; default `parley up`. */
      startAll?: (env: Record<string, string>) => Promise<ParleyProcess>;
    } = {},
  ): CreateChatDriver =>
  async () => {
    const slack = await createSlackEmulator({ settings: { ...settings, allowedMentions: Object.values(userIds) } });
    addPeople(slack);
    const dataDir = await mkdtemp(join(tmpdir(), "parley-slack-"));
    const port = await freePort();
    const env = { ...environment(slack, mode), ...options.env };
    let parley: ParleyProcess | undefined;
    let undo: (() => void)[] = [];
    let endFaults = () => {};
    const actors = createProcessPeople(slack);

    async function start(): Promise<void> {
      parley = await (options.startAll?.(env) ?? startParley({ dataDir, port, env, deadlineMs: 60_000 }));
      if (mode === "socket") await until("Parley hears", async () => slack.socketMode.connections() > 0);
    }

    async function health() {
      const answer = await fetch(`${parley?.url}/api/health`, {
        headers: { authorization: `Bearer ${parley?.adminToken}` },
      });
      const { checks } = (await answer.json()) as { checks: Record<string, { ok: boolean; detail?: string }> };
      return checks.slack ?? { ok: false };
    }

    /** Messages of the room as the server exports them. */
    async function logged(channel: string, thread: string) {
      const roomId = String(slack.people.thread(channel, thread)[0]?.metadata?.event_payload.key ?? "").split("/")[0];
      const answer = await fetch(`${parley?.url}/api/rooms/${roomId}/export?format=jsonl`, {
        headers: { authorization: `Bearer ${parley?.adminToken}` },
      });
      const events = (await answer.text()).split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
      return events
        .filter(({ type }) => type === "message.posted")
        .map(({ from, body, at }) => ({ from, body, atMs: at }));
    }

    function armFaults(plan: FaultPlan): () => void {
      const timer = setInterval(() => {
        const fault = plan({ method: "post", channel: undefined });
        if (!fault || slack.faults.armed().length > 0) return;
        const at = { target: "call", method: "chat.postMessage" } as const;
        if (fault.kind === "limited") slack.faults.add({ ...at, mode: "rate_limit", retryAfterS: 1 });
        else if (fault.kind === "unavailable") slack.faults.add({ ...at, mode: "error", error: "service_unavailable" });
        else slack.faults.add({ ...at, mode: "drop", phase: fault.hasEffect ? "after" : "before" });
      }, faultEveryMs);
      return () => {
        clearInterval(timer);
        slack.faults.clear();
      };
    }

    const driver: ChatDriver = {
      platform: "slack",
      supports: slackSupports,
      channels,
      people,
      act: actors.act,
      threads: async (channel) =>
        slack.people.channel(channel).flatMap(({ metadata, ts }) => (metadata === undefined ? [] : [ts])),
      seen: async ({ channel, thread }) => seenBy(slack.people.thread(channel, thread)),
      seenPrivately: async (user) => actors.seenPrivately(user),
      logged: ({ channel, thread }) => logged(channel, thread),
      until,
      pass: (ms) => pause(ms),
      nowMs: Date.now,
      setFaults: async (plan) => {
        endFaults();
        endFaults = plan ? armFaults(plan) : () => {};
      },
      redeliver: () => Promise.reject(new Error("not known here")),
      async setDeaf(isDeaf) {
        for (const end of undo.splice(0)) end();
        if (!isDeaf) return until("Parley hears again", async () => (await health()).ok).then(() => undefined);
        undo = [
          slack.faults.add({ target: "socket", mode: "refuse", times: forever }),
          slack.faults.add({ target: "delivery", mode: "lose", times: forever }),
          slack.faults.add({ target: "call", method: "auth.test", mode: "drop", times: forever }),
        ];
        slack.socketMode.cut();
      },
      setTrouble: () => Promise.reject(new Error("not made here")),
      async kill() {
        await parley?.kill("SIGKILL");
      },
      start,
      health,
      violations: async () => slack.violations().map(({ rule, detail }) => `${rule}: ${detail}`),
      pings: async () => {
        const { pings, unfurls } = slack.reach();
        const unwanted = pings.filter(({ target }) => !Object.values(userIds).includes(target));
        return [...unwanted.map(({ target, where }) => `${target} in ${where}`), ...unfurls];
      },
      async stop() {
        endFaults();
        await parley?.kill("SIGTERM");
        await slack.stop();
        await rm(dataDir, { recursive: true, force: true });
      },
    };
    behind.set(driver, { slack, parley: () => parley });
    await start();
    if (mode === "http") await slack.admin.useRequestUrl(`http://127.0.0.1:${port}/slack/events`);
    return driver;
  };

interface Behind {
  slack: SlackEmulator;
  parley: () => ParleyProcess | undefined;
}

const behind = new WeakMap<ChatDriver, Behind>();

/** The parts behind a driver, for assertions that need them. */
export function behindDriver(driver: ChatDriver): Behind {
  const found = behind.get(driver);
  if (!found) throw new Error("no driver of this kind");
  return found;
}

function environment(slack: SlackEmulator, mode: Mode): Record<string, string> {
  const { SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_SIGNING_SECRET, SLACK_API_URL } = slack.env;
  const way = mode === "socket" ? { SLACK_APP_TOKEN } : { SLACK_SIGNING_SECRET };
  const parley = { PARLEY_SKILLS_DIR: roles, PARLEY_PUBLIC_URL: "https://rooms.example.org" };
  return { SLACK_BOT_TOKEN, SLACK_API_URL, ...way, SLACK_APPROVERS: userIds.Ann ?? "", ...parley };
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>, timeoutMs = 60_000): Promise<T> {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > endMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await pause(50);
  }
}
