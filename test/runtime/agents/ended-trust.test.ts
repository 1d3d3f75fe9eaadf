import { expect, test } from "vitest";
import type { AgentTools } from "../../../adapters/memory/agents.js";
import type { RoomEvent } from "../../../src/core/room/event.js";
import { presentAgent } from "../../../src/core/room/room.js";
import type { Agents } from "../../../src/ports/agents.js";
import { sha256 } from "../../../src/runtime/node/runtime.js";
import { given } from "../../support/given.js";
import { asked, posted, roomOf, turnStarted } from "../../support/room-builder.js";
import { createRouterFixture } from "../../support/runtime-fixture.js";

const invite = { inviteId: "i1", hash: sha256("i1"), role: "approver", expiresAtMs: 9e15, maxUses: 5 } as const;
const ann = { kind: "person", name: "ann" } as const;
const mia = { kind: "person", name: "mia" } as const;

/** A coder that asks for a tool in its first turn; ann, an approver, allows it for the session. */
async function trusting() {
  const opened: string[] = [];
  let turns = 0;
  const router = await createRouterFixture({
    agents: {
      coder: async (_input, tools: AgentTools) => {
        turns += 1;
        if (turns === 1) await tools.ask({ askKind: "tool", title: "Bash", input: { command: "make" } });
      },
    },
    room: { invites: [invite] },
    between: (agents: Agents): Agents => ({
      ...agents,
      open(spec, options) {
        opened.push(`${spec.name} ${options.resume ? "resumed" : "new"}`);
        return agents.open(spec, options);
      },
    }),
  });
  await router.execute({ type: "person.join", inviteHash: invite.hash, name: "ann" });
  await router.say("@coder go");
  const [gate] = await router.eventsOf("gate.opened");
  await router.decide(gate!, { action: "allow", by: ann, remember: "session" });
  await router.pass(1_000);
  return { router, opened };
}

test("a person's permission for a session ends with the person's membership: the agent continues in a new process, with its conversation", async () => {
  const { router, opened } = await trusting();
  await router.say("@coder more");
  expect(opened).toEqual(["coder new"]);
  await router.execute({ type: "person.remove", by: mia, name: "ann" });
  await router.say("@coder and more");
  expect(opened).toEqual(["coder new", "coder resumed"]);
  await router.say("@coder and yet more");
  expect(opened).toHaveLength(2);
  expect(router.handed).toHaveLength(4);
});

test("the removal of a person who allowed nothing for the session ends no process", async () => {
  const { router, opened } = await trusting();
  await router.execute({ type: "person.join", inviteHash: invite.hash, name: "bob" });
  await router.execute({ type: "person.remove", by: mia, name: "bob" });
  await router.say("@coder more");
  expect(opened).toEqual(["coder new"]);
});

test("a person who may no longer decide is trusted no longer", () => {
  const gate = asked("coder", "r1", { turnId: "t1" });
  const allowed: RoomEvent = {
    type: "gate.resolved",
    gateId: gate.gateId,
    kind: "tool",
    outcome: "allowed",
    by: "ann",
    remember: "session",
  };
  const trusted = given(roomOf(["coder"]))
    .and(posted("mia", ["coder"], "go"))
    .and(turnStarted("coder", ["go"]), gate, allowed);
  expect(presentAgent(trusted.room, "coder")?.trustedBy).toEqual(["ann"]);
  const demoted = trusted.and({ type: "participant.configured", name: "ann", role: "member" });
  expect(presentAgent(demoted.room, "coder")).toMatchObject({ trustedBy: [], trustEndedVersion: demoted.room.version });
  const raised = trusted.and({ type: "participant.configured", name: "ann", role: "owner" });
  expect(presentAgent(raised.room, "coder")?.trustedBy).toEqual(["ann"]);
});
