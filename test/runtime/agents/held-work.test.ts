import { PassThrough } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import type { PersonRole } from "../../../src/core/room/event.js";
import type { Policy } from "../../../src/core/room/policy.js";
import type { Room } from "../../../src/core/room/room.js";
import { audienceOf } from "../../../src/core/room/view.js";
import { createTurnTaking } from "../../../src/runtime/rooms/turn-taking.js";
import { createRoomFeeds } from "../../../src/runtime/viewers/room-feed.js";
import { createRouterFixture, fixtureRoomId as roomId } from "../../support/runtime-fixture.js";

const secret = "the-held-secret";
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** An agent whose messages are not held acts while a decision is open: it asks in words, and wants to use a tool. */
async function setUp(policy: Policy) {
  let goOn = () => {};
  const decided = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const router = await createRouterFixture({
    room: { policy },
    agents: {
      async coder(_input, { delta, say, tool, ask }) {
        for (const piece of ["I look.\n@hum", "an GATE: ", secret]) delta(piece);
        say(`I look.\n@human GATE: ${secret}`);
        delta("Then I run it.");
        tool({ name: "Bash", phase: "started", summary: `rm ${secret}`, held: true });
        await ask({ askKind: "tool", title: "Bash", input: { command: `rm ${secret}` } });
        tool({ name: "Bash", phase: "failed", summary: `rm ${secret}: no`, held: true });
        tool({ name: "Read", phase: "started", summary: "greet.sh" });
        await decided;
        tool({ name: "Bash", phase: "ended", summary: "ls" });
      },
    },
  });
  const { rooms, activity } = router.runtime;
  const { clock, log: eventLog } = router;
  const feeds = createRoomFeeds({
    eventLog,
    rooms,
    activity,
    clock,
    logger: createMemoryLogger(),
    turns: createTurnTaking(),
  });
  stops.push(feeds.close);

  async function watch(role: PersonRole, more: { agent?: string; activity?: boolean }) {
    let text = "";
    const stream = new PassThrough({ encoding: "utf8" }).on("data", (piece: string) => {
      text += piece;
    });
    const standing = (room: Room) => ({ role, audience: audienceOf(room, role) });
    await feeds.open({ roomId, standing, position: { version: 0, index: 0 }, ...more }, () => stream);
    return () => text;
  }
  return { router, watch, goOn };
}

describe("what an agent does while it waits at a gate", () => {
  test.each<[string, Policy, PersonRole[], PersonRole[]]>([
    ["the room asks in its thread", {}, ["owner", "approver", "member"], ["viewer"]],
    ["the room asks approvers alone", { askIn: "approvers" }, ["owner", "approver"], ["member", "viewer"]],
  ])("is visible to those who see the gate, live, late and stored, if %s", async (_, policy, sees, blind) => {
    const { router, watch, goOn } = await setUp(policy);
    const all = [...sees, ...blind];
    const open = async () =>
      Promise.all(all.map(async (role) => ({ role, seen: await watch(role, { activity: true }) })));
    const live = await open();
    await router.say("@coder go");
    const gates = await router.eventsOf("gate.opened");
    expect(gates.map(({ kind }) => kind)).toEqual(["question", "tool"]);
    const late = await open();
    await router.settle();
    if (gates[1]) await router.decide(gates[1], { action: "deny", reason: secret });
    const later = await open();
    await router.settle();
    goOn();
    await router.pass(3_000);
    const stored = await Promise.all(all.map(async (role) => ({ role, seen: await watch(role, { agent: "coder" }) })));
    await router.settle();

    const read = (role: PersonRole) =>
      [live, late, later, stored].map((group) => group.find((one) => one.role === role)?.seen() ?? "");
    for (const role of sees) expectShown(read(role));
    for (const role of blind) expectHidden(read(role));
    for (const role of all) for (const bytes of read(role)) expect(bytes).not.toMatch(/"held"|openText/);
  });
});

/** A watcher's view of it: live, in the middle of it, after the refusal, and from the store. */
type Seen = readonly string[];

function expectShown([live, late, , stored]: Seen): void {
  for (const bytes of [live, late, stored]) expect(bytes).toContain(`rm ${secret}`);
}

function expectHidden([live = "", late = "", later = "", stored = ""]: Seen): void {
  for (const bytes of [live, late, later, stored]) expect(bytes).not.toContain(secret);
  for (const bytes of [live, late, stored]) expect(bytes).toMatch(/"name":"Bash"[^}]*"summary":""/);
  for (const bytes of [live, late]) expect(bytes).toContain("Then I run it.");
  expect(later).toContain('"tool":{"name":"Read","summary":"greet.sh"}');
  expect(stored).toContain('"text":"I look.\\n"');
  expect(stored).toContain('"phase":"ended","summary":"ls"');
}
