import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll } from "vitest";
import { describeWakeups } from "../../contract/wakeups.js";
import { type RedisServer, startRedis } from "../../support/redis-server.js";
import { needsRedis } from "../../support/require.js";
import { openParts } from "./support.js";

needsRedis()("on a real Redis", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  describeWakeups({
    name: "redis",
    longMs: 800,
    retryWithinMs: 500,
    async open() {
      const { wakeups, close } = await openParts({ url: redis.url });
      return { wakeups, pass: async (ms: number) => void (await pause(ms)), nowMs: () => performance.now(), close };
    },
  });
});
