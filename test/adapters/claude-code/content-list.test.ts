import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { needsClaudeCode } from "../../support/require.js";
import { use } from "./support/obedient-model.js";
import { createRigs } from "./support/opened.js";
import { plainRole, type Rig } from "./support/rig.js";

const rigs = createRigs();
afterEach(() => rigs.stop());

/** A picture of one pixel. */
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const allow = ["Bash", "Read", "Write", "AskUserQuestion", "Agent", "WebFetch", "WebSearch", "Skill"];
const roleOf = () => ({ ...plainRole, tools: { allow, autoAllow: ["Read", "Agent", "WebSearch"], deny: [] } });

/** One agent that talks, looks at a picture and asks another agent; then it searches, which the gateway has to refuse. */
async function work(rig: Rig, model: string): Promise<{ beforeSearch: unknown[] }> {
  const { listener, tell, sessionId } = await rigs.open(rig, { spec: { model } });
  const { work: folder } = rig.folderOf({ name: "coder", sessionId });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "dot.png"), png);
  const uses = [
    "say hello",
    use("Read", { file_path: join(folder, "dot.png") }),
    use("Agent", { description: "d", prompt: "say hi", subagent_type: "general-purpose" }),
  ];
  for (const [index, body] of uses.entries()) {
    await tell(body);
    await listener.nth("turnEnded", index + 1);
  }
  const beforeSearch = [...rig.gateway.blocked];
  await tell(use("WebSearch", { query: "parley" }));
  await listener.nth("turnEnded", uses.length + 1);
  return { beforeSearch };
}

needsClaudeCode()("Claude Code and the gateway's lists", () => {
  test.each(["sonnet", "opus[1m]", "haiku", "claude-opus-4-5"])(
    "it sends nothing that is not on them, except what needs the owner: %s",
    async (model) => {
      const rig = await rigs.make({ more: { roleOf } });
      const { beforeSearch } = await work(rig, model);
      // A dropped beta means that the list is out of date.
      expect(beforeSearch).toEqual([]);
      expect(rig.emulator.requests.messages().length).toBeGreaterThanOrEqual(5);
      // The search names a tool of the provider, and stops there.
      expect(new Set(rig.gateway.blocked.map(({ name }) => name))).toEqual(new Set(["web_search_20250305"]));
    },
    120_000,
  );
});
