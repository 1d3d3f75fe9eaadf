import { describe, expect, test } from "vitest";
import { createRepositorySetups } from "../../../../adapters/claude-code/setup/setups.js";
import { createWorkFolder } from "../../../../adapters/claude-code/work-folder.js";
import { createMemoryLogger } from "../../../../adapters/memory/logger.js";
import type { Sandbox } from "../../../../src/ports/sandboxes.js";
import type { FoundSetup } from "../../../../src/ports/setups.js";
import { agentSpec } from "../../../support/agent-spec.js";
import { sha256 } from "../../../support/sha256.js";
import { realClock } from "../../../support/stub-clock.js";
import { plainRole } from "../support/rig.js";

const repositoriesAt = "http://127.0.0.1:3128/git";
const spec = { ...agentSpec(), repo: "https://github.com/acme/widgets", branch: "main" };
const commit = "1".repeat(40);

/** A sandbox whose repository has an empty set-up at this commit. */
const runAt = (head: string, ran: string[] = []) => {
  const run = async (command: readonly string[]) => {
    ran.push(command.join(" ").includes("ls-tree") ? "look" : String(command[0]));
    return { code: 0, output: command[0] === "sh" ? `${head}\n\n\n` : "" };
  };
  return run;
};

function scene({ offer }: { offer?: (found: FoundSetup) => Promise<void> } = {}) {
  const offered: FoundSetup[] = [];
  const placed: string[][] = [];
  const logger = createMemoryLogger();
  const setups = {
    offer: async (_roomId: string, found: FoundSetup) => {
      await offer?.(found);
      offered.push(found);
    },
    textOf: async () => "a skill",
    placeSkills: async (_agent: unknown, files: ReadonlyMap<string, string>) => {
      placed.push([...files.keys()]);
      return "repository-skills";
    },
  };
  return { offered, placed, logger, setups };
}

describe("the set-ups of rooms' repositories", () => {
  test("are offered when their commit is new, and looked at again when an offer failed", async () => {
    let fails = true;
    const { offered, logger, setups } = scene({
      offer: async () => {
        if (fails) throw new Error("disk full");
      },
    });
    const repository = createRepositorySetups({ setups, repositoriesAt, logger });
    await repository.look(spec, runAt(commit));
    expect(logger.records.map(({ message }) => message)).toEqual([
      "a repository's set-up for agents could not be read or offered",
    ]);
    fails = false;
    await repository.look(spec, runAt(commit));
    await repository.look(spec, runAt(commit));
    await repository.look({ ...spec, roomId: "another" }, runAt(commit));
    await repository.look(spec, runAt("2".repeat(40)));
    expect(offered.map((found) => found.commit[0])).toEqual(["1", "1", "2"]);
  });

  test("are not a reason for an agent not to start", async () => {
    const { offered, logger, setups } = scene();
    const repository = createRepositorySetups({ setups, repositoriesAt, logger });
    await repository.look(spec, async () => ({ code: 128, output: "fatal: nothing is there" }));
    await repository.look(spec, async () => ({ code: 0, output: "rubbish" }));
    expect(offered).toEqual([]);
    expect(logger.records).toHaveLength(2);
  });

  test("are neither looked for nor used where no repository can be reached", async () => {
    const { offered, placed, logger, setups } = scene();
    const item = { kind: "skill", path: ".claude/skills/notes/SKILL.md", bytes: 7, sha256: sha256("a skill") };
    const role = { ...plainRole, tools: { ...plainRole.tools, allow: ["Skill"] } };
    const accepted = { ...spec, setup: [item] };
    const none = createRepositorySetups({ setups, logger });
    await none.look(spec, runAt(commit));
    expect(await none.use(accepted, role)).toEqual({ setup: expect.objectContaining({ stamp: "" }) });
    expect(offered).toEqual([]);
    const some = createRepositorySetups({ setups, repositoriesAt, logger });
    expect(await some.use(accepted, role)).toMatchObject({ plugin: "repository-skills" });
    expect(await some.use(spec, role)).toEqual({ setup: expect.objectContaining({ stamp: "" }) });
    expect(placed).toEqual([["notes/SKILL.md"]]);
  });
});

describe("a sandbox", () => {
  const repository = { host: "github.com", owner: "acme", name: "widgets" };

  test("in which no agent has run yet is where a set-up is read; one that ran before is not", async () => {
    const ran: string[] = [];
    const exec: Sandbox["exec"] = async (command) => {
      ran.push(String(command.at(command[0] === "sh" ? 3 : 0)));
      return { code: 0, output: "" };
    };
    const readSetup = async (run: (command: readonly string[], seconds: number) => Promise<unknown>) => {
      await run(["read", "the", "set-up"], 1);
    };
    const work = () =>
      createWorkFolder({
        spec,
        repository,
        role: plainRole,
        readSetup,
        clock: realClock,
        logger: createMemoryLogger(),
      });
    await work().prepare({ id: "s", reattached: false, exec } as unknown as Sandbox);
    // The agent starts with `touch`.
    expect(ran).toEqual(["clone", "read", "touch"]);
    ran.length = 0;
    await work().prepare({ id: "s", reattached: true, exec } as unknown as Sandbox);
    expect(ran).toEqual(["test"]);
  });
});
