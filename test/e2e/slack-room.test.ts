import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createSlackProcessDriver } from "../adapters/slack/process-driver.js";
import { runCliProcess } from "../cli/support/cli.js";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import type { ChatDriver, Seen, SeenForm } from "../contract/chat-driver.js";
import { openRoom, saidIn, waitForText } from "../contract/chat-steps.js";
import { createSlackEmulator } from "../emulators/slack/emulator.js";
import { type ParleyProcess, startParley } from "../support/parley-process.js";

const noForm: SeenForm = { id: "", label: "", value: "" };
const endings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function open(mode: "socket" | "http"): Promise<ChatDriver> {
  await ensureBuilt();
  const driver = await createSlackProcessDriver(mode)({ seed: 1 });
  endings.push(driver.stop);
  return driver;
}

describe.each(["socket", "http"] as const)(
  "a room in a Slack thread, Parley in a process of its own, over %s",
  (mode) => {
    test("from the first command to the last line, with a kill -9 while a message is held", async () => {
      const driver = await open(mode);
      const { owner, approver, member, stranger } = driver.people;
      const place = await openRoom(driver, {
        name: "fix-login",
        agents: "teller, teller as careful, asker",
        message: "@teller say hello",
      });
      await waitForText(driver, place, "said hello");
      const [root] = await driver.seen(place);
      for (const shown of ["fix-login", "teller", "careful", "asker"]) expect(root?.text).toContain(shown);

      await driver.act({ user: owner, ...place, say: "@careful say draft" });
      await waitForText(driver, place, "careful");
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
      const seen = await driver.seen(place);
      const said = saidIn(seen);
      expect(said.filter((word) => word === "hello")).toHaveLength(1);
      expect(said.filter((word) => word === "meanwhile")).toHaveLength(1);
      expect(senders(seen)).toEqual(expect.arrayContaining(["teller", "asker"]));
      expect(await driver.violations()).toEqual([]);
      expect(await driver.pings()).toEqual([]);
    }, 180_000);

    test("a held message is edited by an approver, and the submitted text is posted", async () => {
      const driver = await open(mode);
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
  },
);

const senders = (seen: readonly Seen[]): string[] => [...new Set(seen.map(({ from }) => from))];

describe("a Slack that is not as it should be", () => {
  async function startWith(change: (env: Record<string, string>) => Record<string, string>, scope?: string) {
    await ensureBuilt();
    const slack = await createSlackEmulator();
    endings.push(() => slack.stop());
    if (scope !== undefined) slack.admin.dropScope(scope);
    const dataDir = await mkdtemp(join(tmpdir(), "parley-slack-"));
    endings.push(() => rm(dataDir, { recursive: true, force: true }));
    const { SLACK_SIGNING_SECRET: _http, ...env } = slack.env;
    const changed = change(env);
    const parley = await startParley({ dataDir, env: changed, deadlineMs: 60_000 });
    endings.push(() => parley.kill("SIGTERM"));
    return { parley, dataDir, env: changed };
  }

  async function healthOf(parley: ParleyProcess) {
    const answer = await fetch(`${parley.url}/api/health`, {
      headers: { authorization: `Bearer ${parley.adminToken}` },
    });
    return { status: answer.status, body: (await answer.json()) as { degraded: string[]; checks: { slack: object } } };
  }

  test.each([
    [
      "is away",
      (env: Record<string, string>) => ({ ...env, SLACK_API_URL: "http://127.0.0.1:9/api/" }),
      /did not answer/,
    ],
    [
      "knows no such token",
      (env: Record<string, string>) => ({ ...env, SLACK_BOT_TOKEN: "xoxb-wrong-token" }),
      /token/i,
    ],
  ])(
    "%s: Parley is up, and says so in health, in the log and to doctor",
    async (_, change, words) => {
      const { parley, dataDir, env } = await startWith(change);
      const { status, body } = await healthOf(parley);
      expect(status).toBe(200);
      expect(body.degraded).toEqual(["slack"]);
      expect(body.checks.slack).toMatchObject({ ok: false, detail: expect.stringMatching(words) });
      expect(parley.output()).toMatch(/Slack: /);
      expect(parley.output()).not.toContain(env.SLACK_BOT_TOKEN);
      const home = {
        folder: dataDir,
        dataDir,
        env: { PATH: process.env.PATH ?? "", HOME: dataDir },
        remove: async () => {},
      };
      const doctor = await runCliProcess(home, ["doctor"], {
        env: { ...env, PARLEY_DATA_DIR: dataDir, PARLEY_SANDBOX: "none" },
      });
      expect(doctor.out).toMatch(/Slack/);
      expect(doctor.code).toBe(1);
    },
    120_000,
  );

  test("lacks a scope: its name is reported, and rooms continue without Slack", async () => {
    const { parley } = await startWith((env) => env, "chat:write");
    const { body } = await healthOf(parley);
    expect(body.checks.slack).toMatchObject({ ok: false, detail: expect.stringContaining("chat:write") });
    const made = await fetch(`${parley.url}/api/rooms`, {
      method: "POST",
      headers: { authorization: `Bearer ${parley.adminToken}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "goes-on" }),
    });
    expect(made.status).toBe(201);
  }, 180_000);
});
