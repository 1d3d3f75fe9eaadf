import { afterAll, beforeAll, expect, test } from "vitest";
import { runtimeImageTag } from "../../adapters/docker/image/runtime-images.js";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import { byRole, rules, text } from "../emulators/anthropic/script.js";
import { type OpenAiEmulator, startOpenAiEmulator } from "../emulators/openai/server.js";
import { type ClaudeParley, docker, realKey, startClaudeParley } from "../support/claude-parley.js";
import { eventually } from "../support/parley-client.js";
import { needsImage } from "../support/require.js";

const openAiKey = "sk-proj-the-real-key-of-this-test";

/** What Codex and OpenCode say to a message with these words. */
const scripts: readonly (readonly [RegExp, string])[] = [
  [/make it/, "@reviewer please look"],
  [/please look/, "@planner it is good"],
];

needsImage(runtimeImageTag("opencode") ?? "")("a room of Claude Code, Codex and OpenCode", () => {
  let parley: ClaudeParley;
  let openAi: OpenAiEmulator;

  beforeAll(async () => {
    await ensureBuilt();
    openAi = await startOpenAiEmulator({
      apiKeys: [openAiKey],
      script: ({ prompt }) => ({ text: scripts.find(([words]) => words.test(prompt))?.[1] ?? "a title" }),
    });
    parley = await startClaudeParley({
      script: byRole({ planner: rules([{ prompt: /it is good/, steps: [text("@mia DONE: all three agree")] }]) }),
      agents: [{ name: "planner" }, { name: "coder", runtime: "codex" }, { name: "reviewer", runtime: "opencode" }],
      env: { OPENAI_API_KEY: openAiKey, OPENAI_BASE_URL: openAi.url },
    });
  }, 120_000);
  afterAll(async () => {
    await parley?.stop();
    await openAi?.stop();
  }, 60_000);

  test("hands a piece of work from one to the next, each in a container without a key", {
    timeout: 240_000,
  }, async () => {
    await parley.say("@coder make it");
    const events = await eventually(
      parley.events,
      (all) => all.some(({ body }) => body === "DONE: all three agree"),
      200_000,
    );
    const said = events.filter(({ type, from }) => type === "message.posted" && from !== "mia");
    expect(said.map(({ from, to }) => [from, to])).toEqual([
      ["coder", ["reviewer"]],
      ["reviewer", ["planner"]],
      ["planner", ["mia"]],
    ]);
    const spent = events.filter(({ type, usd }) => type === "usage.recorded" && Number(usd) > 0);
    expect(new Set(spent.map(({ agent }) => agent))).toEqual(new Set(["planner", "coder", "reviewer"]));
    for (const agent of ["planner", "coder", "reviewer"]) {
      const container = await parley.container(agent);
      const seen = await docker(
        "exec",
        container,
        "sh",
        "-c",
        "env; cat /proc/1/environ; grep -rs sk- /home/agent || true",
      );
      expect(seen).not.toContain(realKey);
      expect(seen).not.toContain(openAiKey);
    }
  });
});
