import { expect, test } from "vitest";
import type { AgentTools } from "../../../adapters/memory/agents.js";
import { createRouterFixture } from "../../support/runtime-fixture.js";

const never = () => new Promise<void>(() => {});

/** An agent that does `work` in its first turn, and ends its second at once. */
async function createScene(work: (tools: AgentTools) => void) {
  let turns = 0;
  const router = await createRouterFixture({
    agents: {
      coder: (_input, tools) => {
        turns += 1;
        if (turns > 1) return tools.say("@mia done");
        work(tools);
        return never();
      },
    },
  });
  await router.say("@coder go");
  await router.pass(500);
  const secondText = () => router.handed[1]?.input.text ?? "";
  return { router, secondText };
}

const bash = { name: "Bash", summary: "git push" };

test.each([
  ["still ran", ({ tool }: AgentTools) => tool({ ...bash, phase: "started" }), '"Bash: git push"'],
  [
    "had ended",
    ({ tool }: AgentTools) => {
      tool({ ...bash, phase: "started" });
      tool({ ...bash, phase: "ended" });
    },
    '"Bash: git push (ended)"',
  ],
  [
    "had failed",
    ({ tool }: AgentTools) => {
      tool({ ...bash, phase: "started" });
      tool({ ...bash, phase: "failed" });
    },
    '"Bash: git push (failed)"',
  ],
] as const)("a message that is delivered again names a tool that %s when Parley died", async (_, work, named) => {
  const { router, secondText } = await createScene(work);
  await router.restart();
  await router.pass(2_000);
  expect(router.handed).toHaveLength(2);
  expect(secondText()).toContain("attempt 2");
  expect(secondText()).toContain(named);
});

test("names every tool of the lost turn in its order, and none of a turn before it", async () => {
  const { router, secondText } = await createScene(({ tool }) => {
    tool({ name: "Read", phase: "started", summary: "parser.ts" });
    tool({ name: "Edit", phase: "started", summary: "parser.ts" });
  });
  await router.restart();
  await router.pass(2_000);
  expect(secondText()).toMatch(/"Read: parser\.ts".*"Edit: parser\.ts"/);
  await router.say("@coder another");
  await router.pass(2_000);
  expect(router.handed[2]?.input.text).not.toContain("Edit");
});

test("a message whose sandbox died names the tools too", async () => {
  const { router, secondText } = await createScene(({ tool, crash }) => {
    tool({ ...bash, phase: "started" });
    setImmediate(crash);
  });
  await router.pass(5_000);
  expect(secondText()).toContain('"Bash: git push"');
});
