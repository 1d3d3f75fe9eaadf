import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { behindDriver, createDiscordProcessDriver } from "../adapters/discord/process-driver.js";
import { runCliProcess } from "../cli/support/cli.js";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import type { ChatDriver, SeenForm } from "../contract/chat-driver.js";
import { openRoom, saidIn, waitForText } from "../contract/chat-steps.js";
import { createDiscordEmulator } from "../emulators/discord/emulator.js";
import { type ParleyProcess, startParley } from "../support/parley-process.js";

const noForm: SeenForm = { id: "", label: "", value: "" };
const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function open(): Promise<ChatDriver> {
  await ensureBuilt();
  const driver = await createDiscordProcessDriver()({ seed: 1 });
  endings.push(driver.stop);
  return driver;
}

describe("a room in a Discord thread, Parley in a process of its own", () => {
  test("from the first command to the last line, with a kill -9 while a question waits", async () => {
    const driver = await open();
    const { owner, approver, member, stranger } = driver.people;
    const place = await openRoom(driver, { name: "fix-login", agents: "teller, asker", message: "@teller say hello" });
    await waitForText(driver, place, "said hello");
    const [root] = await driver.seen(place);
    for (const shown of ["fix-login", "teller", "asker"]) expect(root?.text).toContain(shown);

    await driver.act({ user: owner, ...place, say: "@asker ask north" });
    const question = await waitForText(driver, place, "Which way for");
    expect(question.buttons.length).toBeGreaterThan(0);

    await driver.kill();
    await driver.act({ user: member, ...place, say: "@teller say meanwhile" });
    await driver.start();
    await waitForText(driver, place, "said meanwhile");

    const refused = await driver.act({ user: stranger, ...place, press: "left", on: "asker asks" });
    expect(refused.text).toContain("Nothing was decided: you may not decide in this room");
    await driver.act({ user: approver, ...place, press: "left", on: "asker asks" });
    await waitForText(driver, place, "went north");
    const decided = await waitForText(driver, place, "asker asks");
    expect(decided.buttons).toEqual([]);

    await driver.act({ user: owner, ...place, command: "close" });
    await waitForText(driver, place, "closed the room");
    const said = saidIn(await driver.seen(place));
    expect(said.filter((word) => word === "hello")).toHaveLength(1);
    expect(said.filter((word) => word === "meanwhile")).toHaveLength(1);
    expect(await driver.violations()).toEqual([]);
    expect(await driver.pings()).toEqual([]);
  }, 180_000);

  test("posts arrive once and in order while calls fail and the process is killed with -9", async () => {
    const driver = await open();
    const { owner } = driver.people;
    const place = await openRoom(driver, { name: "rough", agents: "teller" });
    let calls = 0;
    await driver.setFaults(() => {
      calls += 1;
      if (calls % 4 === 0) return { kind: "limited", retryAfterMs: 1_000 };
      return { kind: "lost", hasEffect: calls % 2 === 0 };
    });
    for (let at = 0; at < 12; at += 1) {
      await driver.act({ user: owner, ...place, say: `@teller say w${at}` });
      await driver.pass(250);
      if (at % 4 !== 3) continue;
      await driver.kill();
      await driver.start();
    }
    await driver.setFaults(undefined);
    await driver.until("every answer", async () => saidIn(await driver.seen(place)).length >= 12, 90_000);
    const logged = (await driver.logged(place)).flatMap(({ body }) => /^said (\S+)$/.exec(body)?.[1] ?? []);
    expect(logged).toHaveLength(12);
    expect(saidIn(await driver.seen(place))).toEqual(logged);
    expect(behindDriver(driver).discord.calls("POST webhook").length).toBeGreaterThan(12);
    expect(await driver.violations()).toEqual([]);
  }, 180_000);

  test("a held message is edited by an approver, and the submitted text is posted", async () => {
    const driver = await open();
    const { owner, approver } = driver.people;
    const place = await openRoom(driver, { name: "held", agents: "guarded" });
    await driver.act({ user: owner, ...place, say: "@guarded say draft" });
    await waitForText(driver, place, "guarded wants to say");
    expect(saidIn(await driver.seen(place))).toEqual([]);
    const { form = noForm } = await driver.act({
      user: approver,
      ...place,
      press: "Edit…",
      on: "guarded wants to say",
    });
    expect(form.value).toContain("said draft");
    await driver.act({ user: approver, ...place, form, submit: "said better" });
    await driver.until("the edited text", async () => saidIn(await driver.seen(place)).includes("better"));
    expect(saidIn(await driver.seen(place))).toEqual(["better"]);
    expect(await driver.violations()).toEqual([]);
  }, 180_000);
});

describe("a Discord that is not as it should be", () => {
  async function startWith(change: (env: Record<string, string>) => Record<string, string>, lacking = 0n) {
    await ensureBuilt();
    const discord = await createDiscordEmulator();
    endings.push(() => discord.stop());
    const { state } = discord.store;
    state.permissions = String(BigInt(state.permissions) & ~lacking);
    const dataDir = await mkdtemp(join(tmpdir(), "parley-discord-"));
    endings.push(() => rm(dataDir, { recursive: true, force: true }));
    const env = change({ ...discord.env });
    const parley = await startParley({ dataDir, env, deadlineMs: 60_000 });
    endings.push(() => parley.kill("SIGTERM"));
    return { parley, dataDir, env };
  }

  async function healthOf(parley: ParleyProcess) {
    const answer = await fetch(`${parley.url}/api/health`, {
      headers: { authorization: `Bearer ${parley.adminToken}` },
    });
    return {
      status: answer.status,
      body: (await answer.json()) as { degraded: string[]; checks: { discord: object } },
    };
  }

  test.each([
    ["is away", { DISCORD_API_URL: "http://127.0.0.1:9/api" }, /cannot be reached/],
    ["knows no such token", { DISCORD_BOT_TOKEN: "wrong.discord.token" }, /DISCORD_BOT_TOKEN/],
  ])(
    "%s: Parley is up, and says so in health, in the log and to doctor",
    async (_, wrong, words) => {
      const { parley, dataDir, env } = await startWith((right) => ({ ...right, ...wrong }));
      const { status, body } = await healthOf(parley);
      expect(status).toBe(200);
      expect(body.degraded).toEqual(["discord"]);
      expect(body.checks.discord).toMatchObject({ ok: false, detail: expect.stringMatching(words) });
      expect(parley.output()).toMatch(/Discord: /);
      expect(parley.output()).not.toContain(env.DISCORD_BOT_TOKEN);
      const home = {
        folder: dataDir,
        dataDir,
        env: { PATH: process.env.PATH ?? "", HOME: dataDir },
        remove: async () => {},
      };
      const doctor = await runCliProcess(home, ["doctor"], {
        env: { ...env, PARLEY_DATA_DIR: dataDir, PARLEY_SANDBOX: "none" },
      });
      expect(doctor.out).toMatch(/Discord/);
      expect(doctor.code).toBe(1);
    },
    120_000,
  );

  test("lacks a permission: its name is reported, and rooms continue without Discord", async () => {
    const { parley } = await startWith((env) => env, 1n << 29n);
    const { body } = await healthOf(parley);
    expect(body.checks.discord).toMatchObject({ ok: false, detail: expect.stringContaining("Manage Webhooks") });
    const made = await fetch(`${parley.url}/api/rooms`, {
      method: "POST",
      headers: { authorization: `Bearer ${parley.adminToken}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "goes-on" }),
    });
    expect(made.status).toBe(201);
  }, 180_000);
});
