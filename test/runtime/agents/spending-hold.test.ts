import { expect, test } from "vitest";
import { createRandomIds } from "../../../adapters/memory/ids.js";
import { createSpendingLedger } from "../../../src/runtime/rooms/spending-ledger.js";
import { createRouterFixture } from "../../support/runtime-fixture.js";

const stopped = "All spending was stopped by admin: too dear. Messages to agents that call the model wait.";
const resumed = "Agents may call the model again. Messages that waited are delivered.";

test("no turn starts while another process has stopped all spending, and what waited is delivered after it", async () => {
  const router = await createRouterFixture({ agents: { coder: () => {} }, shared: true });
  const { log: eventLog, snapshots, clock } = router;
  const ledger = createSpendingLedger({ eventLog, snapshots, clock, ids: createRandomIds(), isShared: true });
  await router.say("one");
  expect(router.handed).toHaveLength(1);
  await router.pass(1_000);
  await ledger.stop({ by: "admin", reason: "too dear" });
  await router.say("two");
  await router.pass(12_000);
  expect(router.handed).toHaveLength(1);
  const notices = async () => (await router.eventsOf("notice.posted")).map(({ text }) => text);
  expect(await notices()).toEqual([stopped]);
  await router.restart();
  await router.pass(6_000);
  expect(router.handed).toHaveLength(1);
  await ledger.resume("admin");
  await router.pass(12_000);
  expect(router.handed).toHaveLength(2);
  expect(await notices()).toEqual([stopped, resumed]);
});
