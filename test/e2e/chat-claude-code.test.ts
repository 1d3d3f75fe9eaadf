import { randomUUID } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { createDiscordProcessDriver } from "../adapters/discord/process-driver.js";
import { createSlackProcessDriver } from "../adapters/slack/process-driver.js";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import type { ChatDriver, Place } from "../contract/chat-driver.js";
import { openRoom, waitForText } from "../contract/chat-steps.js";
import { type Script, text, tool } from "../emulators/anthropic/script.js";
import { coderAndReviewer } from "../emulators/anthropic/scripts/coder-reviewer.js";
import { startAnthropicEmulator } from "../emulators/anthropic/server.js";
import { dockerInstallation } from "../support/docker-installation.js";
import { needsDocker } from "../support/require.js";

const realKey = "sk-ant-the-real-key-of-this-test";

/** A model that reads the file a message names before it answers, and else works as the coder and the reviewer do. */
const withFiles: Script = (input) => {
  const path = /to be read at: (\S+)\]/.exec(input.prompt)?.[1];
  if (path === undefined) return coderAndReviewer(input);
  if (input.step === 0) return tool("Read", { file_path: path });
  return text(
    `@room NOTIFY: the file says ${/said-in-the-file-\d+/.exec(input.results[0]?.text ?? "")?.[0] ?? "nothing"}`,
  );
};

type Env = { env: Record<string, string> };
const platforms = {
  Slack: (options: Env) => createSlackProcessDriver("socket", options)({ seed: 1 }),
  Discord: (options: Env) => createDiscordProcessDriver(options)({ seed: 1 }),
} as const;

needsDocker()("Claude Code agents in containers", () => {
  const endings: (() => Promise<unknown>)[] = [];
  let driver: ChatDriver;

  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  /** Decides open gates in the thread, as people there would. */
  async function decideOpen(place: Place): Promise<void> {
    const user = driver.people.approver;
    for (const { text: shown, buttons } of await driver.seen(place)) {
      const press = ["Good day", "Allow"].find((label) => buttons.includes(label));
      const on = shown.split("\n")[0] ?? "";
      if (press !== undefined) await driver.act({ user, ...place, press, on }).catch(() => undefined);
    }
  }

  test.each(["Slack", "Discord"] as const)(
    "in a %s thread ask, are allowed, answered and read a file from the thread, and finish a piece of work",
    async (platform) => {
      await ensureBuilt();
      const installation = dockerInstallation(randomUUID());
      endings.push(installation.remove);
      const model = await startAnthropicEmulator({ script: withFiles, apiKeys: [realKey] });
      endings.push(model.stop);
      const env = {
        ANTHROPIC_API_KEY: realKey,
        ANTHROPIC_BASE_URL: model.url,
        ...installation.env,
        PARLEY_SKILLS_DIR: "",
      };
      driver = await platforms[platform]({ env });
      endings.push(driver.stop);
      const { owner } = driver.people;
      const place = await openRoom(driver, { name: "greet", agents: "coder, reviewer" });
      await driver.act({
        user: owner,
        ...place,
        say: "@coder what does the file say?",
        file: { name: "notes one.txt", bytes: 21, text: "said-in-the-file-4711" },
      });
      await waitForText(driver, place, "the file says said-in-the-file-4711", 90_000);

      await driver.act({ user: owner, ...place, say: "@coder please make a script that greets, and have it reviewed" });
      await driver.until(
        "the work is done",
        async () => {
          await decideOpen(place);
          return (await driver.seen(place)).find(({ from, text: said }) => from === "coder" && said.includes("DONE:"));
        },
        120_000,
      );
      const seen = await driver.seen(place);
      expect(seen.map(({ text: said }) => said).join("\n")).toContain("Good day, world");
      expect(new Set(seen.map(({ from }) => from))).toEqual(new Set(["Parley", "Mia", "coder", "reviewer"]));
      expect(await driver.violations()).toEqual([]);
      expect(await driver.pings()).toEqual([]);
    },
    240_000,
  );
});
