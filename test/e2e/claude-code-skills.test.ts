import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import { byRole, rules, text, tool } from "../emulators/anthropic/script.js";
import { type ClaudeParley, startClaudeParley } from "../support/claude-parley.js";
import { eventually } from "../support/parley-client.js";
import { needsDocker } from "../support/require.js";

const mark = "Begin with what changed for people.";
const template = "# What is new";

/** Looks the skill up, reads the file beside it, and says what both hold. */
const writesNotes = rules([
  { prompt: /write the notes/, steps: [tool("Skill", { skill: "own:release-notes" })] },
  // The skill's text comes as a prompt of its own.
  {
    prompt: new RegExp(mark),
    steps: ({ body }) => [
      tool("Read", { file_path: "/parley/own-skills/skills/release-notes/template.md" }),
      text(`@room DONE: ${JSON.stringify(body.messages).includes(template)}`),
    ],
  },
]);

needsDocker()("the operator's skills", () => {
  let parley: ClaudeParley;
  let skills: string;

  beforeAll(async () => {
    await ensureBuilt();
    skills = await mkdtemp(join(tmpdir(), "parley-skills-"));
    const folder = join(skills, "skills", "release-notes");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "SKILL.md"), `---\ndescription: How release notes are written here.\n---\n${mark}\n`);
    await writeFile(join(folder, "template.md"), template);
    // Readable by its owner only, like many operators' files.
    await chmod(join(folder, "template.md"), 0o600);
    parley = await startClaudeParley({
      script: byRole({ coder: writesNotes, reviewer: rules([{ prompt: /hello/, steps: [text("@room good day")] }]) }),
      agents: [{ name: "coder" }, { name: "reviewer" }],
      env: { PARLEY_SKILLS_DIR: skills },
    });
  }, 120_000);
  afterAll(async () => {
    await parley?.stop();
    await rm(skills, { recursive: true, force: true });
  }, 60_000);

  const said = (body: string) =>
    eventually(parley.events, (events) => events.some((event) => event.body === body), 90_000);

  test("are looked up by an agent whose role may, files beside them too, without asking anybody", {
    timeout: 120_000,
  }, async () => {
    await parley.say("@coder write the notes");
    const events = await said("DONE: true");
    expect(events.filter(({ type }) => type === "gate.opened")).toEqual([]);
  });

  test("are not before an agent whose role has no tool for them", { timeout: 120_000 }, async () => {
    await parley.say("@reviewer hello");
    await said("good day");
    const asked = parley.model.requests.messages().map(({ body }) => JSON.stringify(body));
    const of = (name: string) => asked.filter((request) => request.includes(`Your name is ${name}.`));
    expect(of("coder").some((request) => request.includes("own:release-notes"))).toBe(true);
    expect(of("reviewer").length).toBeGreaterThan(0);
    expect(of("reviewer").some((request) => request.includes("release-notes"))).toBe(false);
  });
});
