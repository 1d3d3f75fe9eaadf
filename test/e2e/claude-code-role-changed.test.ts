import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import { type ClaudeParley, startClaudeParley } from "../support/claude-parley.js";
import { eventually, type LoggedEvent } from "../support/parley-client.js";
import { needsDocker } from "../support/require.js";

const patienceMs = 90_000;
const roleText = (rule: string) => `---\nname: keeper\ndescription: Keeps the house in order.\n---\n${rule}\n`;
const rules = ["Sweep on Mondays.", "Sweep on Fridays."] as const;

needsDocker()("a role whose file changes while an agent of it runs", () => {
  let parley: ClaudeParley;
  let folder: string;

  const writeRole = async (rule: string) => {
    const file = join(folder, "roles", "keeper");
    await mkdir(file, { recursive: true });
    await writeFile(join(file, "SKILL.md"), roleText(rule));
  };

  beforeAll(async () => {
    await ensureBuilt();
    folder = await mkdtemp(join(tmpdir(), "parley-roles-"));
    await writeRole(rules[0]);
    parley = await startClaudeParley({
      script: ({ system, body }) => {
        const seen = system + JSON.stringify(body.messages);
        return { text: `@mia ${rules.findLast((rule) => seen.includes(rule))}` };
      },
      agents: [{ name: "keeper", role: "keeper" }],
      env: { PARLEY_SKILLS_DIR: folder },
    });
  }, 180_000);
  afterAll(async () => {
    await parley?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  const said = (events: readonly LoggedEvent[]) =>
    events.flatMap(({ type, from, body }) => (type === "message.posted" && from === "keeper" ? [body] : []));

  test("reaches the agent with one of its next messages, in the same conversation and without a restart of Parley", async () => {
    await parley.say("@keeper first question");
    await eventually(parley.events, (events) => said(events).length === 1, patienceMs);
    expect(said(await parley.events())).toEqual([rules[0]]);
    await writeRole(rules[1]);
    // The file is looked at from time to time.
    await eventually(
      async () => {
        await parley.say("@keeper and now?");
        const before = said(await parley.events()).length;
        return eventually(parley.events, (events) => said(events).length > before, patienceMs);
      },
      (events) => said(events).at(-1) === rules[1],
      patienceMs,
    );
    const calls = parley.model.requests.messages().map(({ body }) => JSON.stringify(body));
    expect(calls.at(-1)).toContain("first question");
    expect(calls.at(-1)).toContain("your instructions changed");
    expect(
      (await parley.events()).filter(({ type }) => type === "turn.ended").every(({ outcome }) => outcome === "done"),
    ).toBe(true);
  }, 240_000);
});
