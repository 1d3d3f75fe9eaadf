import { expect, test } from "vitest";
import { createScriptedAgents } from "../../../adapters/scripted/agents.js";
import type { CreateRoom } from "../../../src/core/room/command.js";
import type { Output } from "../../../src/ports/agents.js";
import type { Clock } from "../../../src/ports/clock.js";
import { sha256 } from "../../../src/runtime/node/runtime.js";
import { createOutlivingAgents } from "../../support/outliving-agents.js";
import { createRouterFixture, type RouterFixture } from "../../support/runtime-fixture.js";

const tools = ["read a.ts", "write a.ts", "run the tests"].map((command) => ({
  tool: "Bash",
  input: { command },
  ms: 0,
}));

/** Runs due timers in the next round of the event loop, whatever their delay. */
const instantClock: Clock = {
  nowMs: () => 0,
  monotonicMs: () => 0,
  after(_delayMs, run) {
    const timer = setImmediate(run);
    return () => clearImmediate(timer);
  },
};

/** A room with a scripted coder, whose sessions end with each router. */
function scriptedRoom(script: NonNullable<CreateRoom["agents"][number]["script"]>): Promise<RouterFixture> {
  return createRouterFixture({
    agents: { coder: () => {} },
    room: { agents: [{ name: "coder", role: "agent", runtime: "function", script }] },
    between: () => createScriptedAgents({ clock: instantClock, sha256 }),
  });
}

const stepsOf = async (fixture: RouterFixture) =>
  (await fixture.eventsOf("message.posted"))
    .filter(({ from }) => from === "coder")
    .map(({ body, steps }) => `${body}: ${steps}`);

async function allow(fixture: RouterFixture): Promise<void> {
  const [gate] = (await fixture.eventsOf("gate.opened")).slice(-1);
  if (!gate) throw new Error("no gate was opened");
  await fixture.decide(gate, { action: "allow" });
  await fixture.pass(2_000);
}

test("a message says how many tools its agent used since the turn began, and the next turn begins at 0", async () => {
  const fixture = await scriptedRoom([
    { match: "work", work: tools, reply: "@mia it works" },
    { match: "talk", reply: "@mia we talk" },
  ]);
  for (const body of ["work", "talk", "work"]) {
    await fixture.say(body, { to: ["coder"] });
    await fixture.pass(1_000);
  }
  expect(await stepsOf(fixture)).toEqual(["it works: 3", "we talk: 0", "it works: 3"]);
});

test("a turn that is begun again after a restart counts its own tools, not those of the lost turn as well", async () => {
  const ask = { tool: "Bash", input: { command: "make" } };
  const fixture = await scriptedRoom([{ match: "work", work: tools, ask, reply: "@mia it works" }]);
  await fixture.say("work", { to: ["coder"] });
  await fixture.pass(1_000);
  await fixture.restart();
  await fixture.pass(2_000);
  await allow(fixture);
  // Three tools of its work and the one that was allowed.
  expect(await fixture.eventsOf("turn.started")).toHaveLength(2);
  expect(await stepsOf(fixture)).toEqual(["it works: 4"]);
});

test("a turn that continues after a restart counts the tools before and after it", async () => {
  let used = 0;
  const use = (put: (output: Output) => void, count: number) => {
    for (let at = 0; at < count; at += 1) {
      const tool = { id: `tool-${used++}`, name: "Bash", summary: "ls" };
      put({ kind: "tool", ...tool, phase: "started" });
      put({ kind: "tool", ...tool, phase: "ended" });
    }
  };
  const says = (text: string): Output => ({ kind: "block", outputId: `block-${text}`, index: 0, text: `@mia ${text}` });
  const outliving = createOutlivingAgents({
    onInputs(_inputs, put) {
      use(put, 3);
      put(says("begun"));
      put({ kind: "ask", requestId: "r1", askKind: "tool", title: "Bash", input: { command: "make" } });
    },
    onAnswer(_decision, put) {
      use(put, 2);
      put(says("ready"));
      put({ kind: "turnEnded", outcome: "done" });
    },
  });
  const fixture = await createRouterFixture({ agents: { coder: () => {} }, between: () => outliving.forRouter() });
  await fixture.say("work", { to: ["coder"] });
  await fixture.pass(1_000);
  await fixture.restart();
  await fixture.pass(1_000);
  await allow(fixture);
  expect(outliving.counts.takenOver).toBe(1);
  expect(await stepsOf(fixture)).toEqual(["begun: 3", "ready: 5"]);
});
