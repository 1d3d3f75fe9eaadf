import { expect, test } from "vitest";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import type { Policy } from "../../../src/core/room/policy.js";
import type { EgressCaller } from "../../../src/ports/egress.js";
import { createEgressAccess } from "../../../src/runtime/sandbox/egress-access.js";
import { assembleMemoryRooms } from "../../support/memory-parts.js";
import { createRouterFixture, fixtureRoomId as roomId } from "../../support/runtime-fixture.js";

const mia = { kind: "person", name: "mia" } as const;

/** `shared`: other processes write to the same log. */
async function setUp(options: { policy?: Policy; gate?: "always"; shared?: boolean } = {}) {
  const { policy = {}, gate, shared = false } = options;
  const router = await createRouterFixture({
    agents: { coder: () => {} },
    room: { policy },
    shared,
    ...(gate && { gates: { coder: gate } }),
  });
  const callers: EgressCaller[] = [];
  const access = createEgressAccess({
    egress: {
      open(caller) {
        callers.push(caller);
        return { connect: () => {}, forward: () => {}, close: () => {} };
      },
    },
    rooms: router.runtime.rooms,
    logger: createMemoryLogger(),
  });
  access.doorOf({ roomId, name: "coder" });
  const [caller] = callers;
  if (!caller) throw new Error("no door was opened");
  const notices = async () => {
    await router.settle();
    return (await router.eventsOf("notice.posted")).map(({ text, about }) => ({ text, about }));
  };
  return { router, caller, notices };
}

const registry = { host: "registry.example.org", port: 443 };

test("the list is the room's as it is at that moment, for as long as the agent is in it and the room is open", async () => {
  const { router, caller } = await setUp({ policy: { egress: ["a.example"] } });
  expect(await caller.list()).toEqual(["a.example"]);
  await router.execute({ type: "room.configure", by: mia, policy: { egress: ["b.example:80"] } });
  expect(await caller.list()).toEqual(["b.example:80"]);
  await router.execute({ type: "room.configure", by: mia, policy: {} });
  expect(await caller.list()).toEqual([]);
  await router.execute({ type: "room.pause", by: mia });
  expect(await caller.list()).toEqual([]);
  await router.execute({ type: "agent.remove", by: mia, name: "coder" });
  expect(await caller.list()).toBeUndefined();
});

test("a host that another process took off the list is off it at once", async () => {
  const { router, caller } = await setUp({ policy: { egress: ["a.example", "b.example"] }, shared: true });
  expect(await caller.list()).toEqual(["a.example", "b.example"]);
  const { runtime: other } = assembleMemoryRooms({ eventLog: router.log, clock: router.clock, onlyNode: false });
  await other.rooms.execute(roomId, { type: "room.configure", by: mia, policy: { egress: ["b.example"] } });
  expect(await caller.list()).toEqual(["b.example"]);
});

test("a closed room has no list", async () => {
  const { router, caller } = await setUp({ policy: { egress: ["a.example"] } });
  await router.execute({ type: "room.close", by: mia });
  expect(await caller.list()).toBeUndefined();
});

test("the room is told of an unlisted host once, with advice", async () => {
  const { caller, notices } = await setUp();
  for (let times = 0; times < 3; times++) caller.onUnlisted(registry);
  caller.onUnlisted({ host: "deb.example.org", port: 80 });
  expect(await notices()).toEqual([
    {
      about: "coder",
      text: `coder wanted to reach registry.example.org, which is not on the room's egress list. An owner can add it under Manage, or with parley room set ${roomId} --egress registry.example.org.`,
    },
    { about: "coder", text: expect.stringContaining("coder wanted to reach deb.example.org:80, which") },
  ]);
});

test("the room is told of at most twenty hosts of an agent", async () => {
  const { caller, notices } = await setUp();
  for (let at = 0; at < 30; at++) caller.onUnlisted({ host: `h${at}.example.org`, port: 443 });
  expect(await notices()).toHaveLength(20);
});

test("while its messages are held, the room is told once that there was a host, and never its name", async () => {
  const { caller, notices } = await setUp({ gate: "always" });
  caller.onUnlisted({ host: "what-it-wants-to-say.example.org", port: 443 });
  caller.onUnlisted(registry);
  const told = await notices();
  expect(told).toHaveLength(1);
  expect(JSON.stringify(told)).not.toContain("example.org");
  expect(told[0]?.text).toContain("ask coder which");
});
