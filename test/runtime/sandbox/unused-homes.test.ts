import { expect, test } from "vitest";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createMemorySandboxes } from "../../../adapters/memory/sandboxes.js";
import { createSandboxSweep } from "../../../src/runtime/sandbox/sweep.js";
import { createRouterFixture, fixtureRoomId, type RouterFixture } from "../../support/runtime-fixture.js";

const dayMs = 86_400_000;

async function open({ unusedDays = 5, noticeDays = 2 } = {}) {
  const router: RouterFixture = await createRouterFixture({ agents: { coder: () => {}, idler: () => {} } });
  const { clock } = router;
  const main = ({ signal }: { signal: AbortSignal }) =>
    new Promise<number>((resolve) => signal.addEventListener("abort", () => resolve(0)));
  const sandboxes = createMemorySandboxes({ main, clock });
  const limits = { memoryMb: 64, cpus: 1, pids: 32 };
  const labels = { room: fixtureRoomId, agent: "coder" };
  const makeHome = async () => {
    const sandbox = await sandboxes.start({ id: "coder_1", labels, command: ["x"], env: {}, limits });
    await sandbox.stop({ graceMs: 0 });
  };
  /** A process starts, looks at all homes, and ends. */
  async function sweepOnce(): Promise<void> {
    const sweep = createSandboxSweep({
      sandboxes,
      rooms: {
        peek: (roomId, look, how) => router.runtime.rooms.peek(roomId, look, how),
        execute: (roomId, command) => router.runtime.rooms.execute(roomId, command),
      },
      unusedHomes: { unusedMs: unusedDays * dayMs, noticeMs: noticeDays * dayMs },
      closeSocket: async () => {},
      removeFiles: async () => {},
      clock,
      logger: createMemoryLogger(),
    });
    sweep.start();
    await router.settle();
    await router.settle();
    sweep.stop();
  }
  async function days(count: number): Promise<void> {
    clock.advance(count * dayMs);
    await router.settle();
    await sweepOnce();
  }
  const homes = async () => (await sandboxes.homes()).map(({ id }) => id);
  const notices = async () => (await router.eventsOf("notice.posted")).map(({ text }) => text);
  return { router, sandboxes, makeHome, sweepOnce, days, homes, notices };
}

test("homes nobody used are announced, given up after the notice, and the agent is told once that its folder is new", async () => {
  const { router, makeHome, sweepOnce, days, homes, notices } = await open();
  await router.say("@coder go");
  await makeHome();
  await days(2);
  expect(await notices()).toEqual([]);
  await days(1);
  const announced = expect.stringMatching(
    /^The homes and work folders of @coder are given up on 2023-11-19, for nobody has used this room for 3 days\. .*write a message here\.$/,
  );
  expect(await notices()).toEqual([announced]);
  await days(1);
  await router.restart();
  await sweepOnce();
  expect([await notices(), await homes()]).toEqual([[announced], ["coder_1"]]);
  await days(1);
  expect(await notices()).toEqual([
    announced,
    expect.stringContaining("are given up: nobody has used this room for 5 days"),
  ]);
  expect(await homes()).toEqual([]);
  await days(9);
  await router.restart();
  expect(await notices()).toHaveLength(2);

  await router.say("@coder are you there?");
  await makeHome();
  await router.say("@coder and now?");
  const [, told, later] = router.handed.map(({ input }) => input.text);
  expect(told).toContain("your home and work folder are new and empty");
  expect(later).not.toContain("work folder");
  await days(2);
  expect([await homes(), (await notices()).length]).toEqual([["coder_1"], 2]);
});

test("a message after the announcement keeps the homes, and the time begins again", async () => {
  const { router, makeHome, days, homes, notices } = await open();
  await router.say("@coder go");
  await makeHome();
  await days(4);
  await router.say("still here");
  await days(2);
  expect([await homes(), (await notices()).length]).toEqual([["coder_1"], 1]);
  await days(1);
  expect(await notices()).toHaveLength(2);
});

test("after a long time away nothing is given up without the whole notice", async () => {
  const { router, makeHome, days, homes, notices } = await open();
  await router.say("@coder go");
  await makeHome();
  await days(12);
  expect([await homes(), (await notices()).length]).toEqual([["coder_1"], 1]);
  await days(1);
  expect(await homes()).toEqual(["coder_1"]);
  await days(1);
  expect(await homes()).toEqual([]);
});

test("a process that ended between the word and the deed goes on with the deed", async () => {
  const { router, makeHome, sandboxes, days, sweepOnce, homes } = await open();
  await router.say("@coder go");
  await makeHome();
  await days(3);
  const { remove } = sandboxes;
  sandboxes.remove = () => Promise.reject(new Error("the process ends here"));
  await days(2);
  expect(await homes()).toEqual(["coder_1"]);
  sandboxes.remove = remove;
  await router.restart();
  await sweepOnce();
  expect(await homes()).toEqual([]);
});

test.each([
  ["the setting is 0", { unusedDays: 0, noticeDays: 0 }, "@coder go"],
  ["no agent had a turn", {}, undefined],
])("homes stay where %s", async (_why, times, body) => {
  const { router, makeHome, days, homes, notices } = await open(times);
  if (body !== undefined) await router.say(body);
  await makeHome();
  await days(7);
  await days(7);
  expect([await homes(), await notices()]).toEqual([["coder_1"], []]);
});
