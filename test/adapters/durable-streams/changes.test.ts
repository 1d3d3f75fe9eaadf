import { expect, test } from "vitest";
import { createChanges } from "../../../adapters/durable-streams/changes.js";
import type { StreamServer } from "../../../adapters/durable-streams/server.js";
import { createManualClock } from "../../../adapters/memory/clock.js";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a hint that the server did not take is told again without another write", async () => {
  const clock = createManualClock(0);
  const told: string[] = [];
  let isAway = true;
  const server = {
    async append(_name: string, body: string) {
      if (isAway) throw new Error("away");
      told.push(body);
      return { kind: "appended", offset: "", life: undefined } as const;
    },
  } as unknown as StreamServer;
  const changes = createChanges({ server, clock });
  changes.tell("room/one", 7);
  for (const ms of [10, 1_000, 1_000]) {
    clock.advance(ms);
    await settle();
  }
  expect(told).toEqual([]);
  isAway = false;
  clock.advance(1_000);
  await settle();
  expect(told).toEqual(['{"s":"room/one","n":7}']);
  clock.advance(5_000);
  await settle();
  expect(told).toHaveLength(1);
  await changes.stop();
});
