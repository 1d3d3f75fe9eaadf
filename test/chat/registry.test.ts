import { expect, test } from "vitest";
import { createSeededIds } from "../../adapters/memory/ids.js";
import { createOutboundRegistry } from "../../src/runtime/chat/outbound/registry.js";
import { createMemoryWorld } from "./memory-parley.js";

test("a thread that another process registered later is found by its place on the platform", async () => {
  const { log: eventLog, snapshots, clock } = await createMemoryWorld();
  const [one, two] = [1, 2].map((life) =>
    createOutboundRegistry({ eventLog, snapshots, clock, ids: createSeededIds(life) }),
  );
  await two?.load();
  const shown = { mirrorId: "m1", roomId: "r1", platform: "slack", channel: "C1", thread: "T1", after: 0 };
  await one?.register(shown);
  expect(await two?.inThread("slack", "C1", "T1")).toMatchObject(shown);
  expect(await two?.inThread("slack", "C1", "T2")).toBeUndefined();
});
