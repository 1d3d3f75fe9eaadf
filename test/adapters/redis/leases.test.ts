import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createManualClock } from "../../../adapters/memory/clock.js";
import type { Breaker } from "../../../adapters/redis/breaker.js";
import { createRedisLeases } from "../../../adapters/redis/leases.js";
import type { LeaseAnswer } from "../../../src/ports/leases.js";
import { type RedisServer, startRedis } from "../../support/redis-server.js";
import { needsRedis } from "../../support/require.js";

const name = "mirror/m1";
/** A holder that did not extend its lease for this long holds it no more by its own clock. */
const lostAfterMs = 9_000;

function heldOf(answer: LeaseAnswer) {
  if (answer.kind !== "held") throw new Error(`not held: ${JSON.stringify(answer)}`);
  return answer.lease;
}

/** A breaker that lets everything through. Answers come once `answers` resolves; while `losesAnswers`, they never do. */
function createLossyBreaker() {
  const breaker = {
    isOpen: false,
    losesAnswers: false,
    answers: Promise.resolve(),
    async run<T>(work: () => Promise<T>): Promise<T> {
      const { answers } = breaker;
      const result = await work();
      await answers;
      if (breaker.losesAnswers) throw new Error("the answer came too late");
      return result;
    },
  };
  return breaker satisfies Breaker;
}

needsRedis()("leases in Redis", () => {
  let server: RedisServer;
  let commands: Redis;
  let fleets = 0;
  beforeAll(async () => {
    server = await startRedis();
    commands = new Redis(server.url);
  });
  afterAll(async () => {
    commands.disconnect();
    await server.stop();
  });

  /** Two processes, of which `one` has a clock that moves on request. */
  function openTwo() {
    fleets += 1;
    const prefix = `fleet-${fleets}`;
    const breaker = createLossyBreaker();
    const clock = createManualClock(0);
    const process = (node: string) => createRedisLeases({ commands, breaker, prefix, node, instance: "1", clock });
    const [one, two] = [process("one"), process("two")];
    return { one, two, clock, breaker, runOut: () => commands.del(`${prefix}:lease:${name}`) };
  }

  test("a lease that Redis forgot is another one when it is had again, though its holder's time is not over", async () => {
    const { one, runOut } = openTwo();
    const first = heldOf(await one.take(name));
    await runOut();
    const second = heldOf(await one.take(name));
    expect(second).not.toBe(first);
    expect([first.isHeld(), second.isHeld()]).toEqual([false, true]);
  });

  test("a lease that was lost is another one, also when the answer that gave it again was lost", async () => {
    const { one, two, clock, breaker, runOut } = openTwo();
    const first = heldOf(await one.take(name));
    clock.advance(lostAfterMs);
    await runOut();
    await heldOf(await two.take(name)).release();
    breaker.losesAnswers = true;
    expect(await one.take(name)).toEqual({ kind: "unknown" });
    breaker.losesAnswers = false;
    const second = heldOf(await one.take(name));
    expect(second).not.toBe(first);
    expect([first.isHeld(), second.isHeld()]).toEqual([false, true]);
  });

  test("a lease stays the same through an answer that was lost, for as long as it is held", async () => {
    const { one, clock, breaker } = openTwo();
    const first = heldOf(await one.take(name));
    clock.advance(2_000);
    breaker.losesAnswers = true;
    expect(heldOf(await one.take(name))).toBe(first);
    breaker.losesAnswers = false;
    clock.advance(2_000);
    expect(heldOf(await one.take(name))).toBe(first);
    expect(first.isHeld()).toBe(true);
  });

  test("a lease given back while an answer about it is lost is not given out again", async () => {
    const { one, two, breaker } = openTwo();
    const first = heldOf(await one.take(name));
    breaker.losesAnswers = true;
    const [extended] = await Promise.all([one.take(name), first.release()]);
    breaker.losesAnswers = false;
    expect(extended).toEqual({ kind: "unknown" });
    expect(heldOf(await two.take(name)).isHeld()).toBe(true);
  });

  /** From now on answers wait until this is called. */
  function holdAnswers(breaker: ReturnType<typeof createLossyBreaker>): () => void {
    let letGo = () => {};
    breaker.answers = new Promise((resolve) => {
      letGo = resolve;
    });
    return letGo;
  }

  test("a lease given back while the same process takes it once more is not held by two processes", async () => {
    const { one, two, breaker } = openTwo();
    const taking = one.take(name);
    const letGo = holdAnswers(breaker);
    const takingAgain = one.take(name);
    const first = heldOf(await taking);
    const givingBack = first.release();
    letGo();
    const again = await takingAgain;
    await givingBack;
    expect(heldOf(await two.take(name)).isHeld()).toBe(true);
    expect([first.isHeld(), again.kind === "held" && again.lease.isHeld()]).toEqual([false, false]);
  });

  test("a lease taken again before the old one's key is given back keeps its key", async () => {
    const { one, two, breaker } = openTwo();
    const first = heldOf(await one.take(name));
    const letGo = holdAnswers(breaker);
    const takings = [one.take(name), one.take(name)];
    const givingBack = first.release();
    letGo();
    const [extended, again] = await Promise.all(takings);
    await givingBack;
    expect(extended).toEqual({ kind: "unknown" });
    expect(again?.kind === "held" && again.lease.isHeld()).toBe(true);
    expect(await two.take(name)).toEqual({ kind: "elsewhere", node: "one" });
  });
});
