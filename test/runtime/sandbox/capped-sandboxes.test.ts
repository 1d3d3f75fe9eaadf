import { describe, expect, test } from "vitest";
import type { PortError } from "../../../src/ports/port-error.js";
import type { Sandbox, Sandboxes, SandboxSpec } from "../../../src/ports/sandboxes.js";
import { beginText } from "../../../src/runtime/agents/outage.js";
import { capSandboxes } from "../../../src/runtime/sandbox/capped-sandboxes.js";

const spec = (id: string): SandboxSpec => ({
  id,
  labels: {},
  command: ["cat"],
  env: {},
  limits: { memoryMb: 64, cpus: 1, pids: 32 },
});

/** An engine that lists a sandbox once it has started, which takes until `finish` where `isSlow`. */
function makeEngine({ isSlow = false } = {}) {
  const states = new Map<string, "running" | "paused" | "exited">();
  const started: string[] = [];
  let finish = () => {};
  const slow = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const sandboxes = {
    list: async () => [...states].map(([id, state]) => ({ id, labels: {}, state })),
    start: async ({ id }: SandboxSpec) => {
      started.push(id);
      if (isSlow) await slow;
      states.set(id, "running");
      return { id } as Sandbox;
    },
  } as unknown as Sandboxes;
  let refused = 0;
  const capped = (maxRunning: number) =>
    capSandboxes(sandboxes, {
      maxRunning,
      onRefused: () => {
        refused += 1;
      },
    });
  return { states, started, finish, sandboxes, capped, refused: () => refused };
}

const failure = (starting: Promise<unknown>) =>
  starting.then(
    () => undefined,
    (error: PortError) => error,
  );

describe("a cap on running sandboxes", () => {
  test("lets in as many as it says, and says why one more waits", async () => {
    const engine = makeEngine();
    const capped = engine.capped(2);
    await capped.start(spec("a"));
    await capped.start(spec("b"));
    const error = await failure(capped.start(spec("c")));
    expect(error).toMatchObject({ code: "unavailable", retryable: true, retryAfterMs: 30_000 });
    expect(beginText("coder", error)).toBe(
      "As many agents run as may run at once here: 2 (PARLEY_MAX_SANDBOXES). The next one starts when one of them has stopped. Messages to agents wait and are delivered when it works again.",
    );
    expect([engine.started, engine.refused()]).toEqual([["a", "b"], 1]);
  });

  test("counts paused ones, and takes hold of one that runs", async () => {
    const engine = makeEngine();
    engine.states.set("a", "paused");
    const capped = engine.capped(1);
    expect(await failure(capped.start(spec("b")))).toMatchObject({ code: "unavailable" });
    expect(await failure(capped.start(spec("a")))).toBeUndefined();
  });

  test("lets the next one in when one has stopped", async () => {
    const engine = makeEngine();
    const capped = engine.capped(1);
    await capped.start(spec("a"));
    engine.states.set("a", "exited");
    expect(await failure(capped.start(spec("b")))).toBeUndefined();
  });

  test("is not passed by many that start at once", async () => {
    const engine = makeEngine({ isSlow: true });
    const capped = engine.capped(3);
    const starts = Array.from({ length: 10 }, (_, n) => failure(capped.start(spec(`s${n}`))));
    await expect.poll(() => engine.refused()).toBe(7);
    engine.finish();
    const failures = (await Promise.all(starts)).filter((error) => error !== undefined);
    expect([failures.length, engine.started.length]).toEqual([7, 3]);
  });

  test("is not passed while the engine answers with a list from before a start ended", async () => {
    const engine = makeEngine({ isSlow: true });
    const list = engine.sandboxes.list;
    let answer = () => {};
    const capped = engine.capped(1);
    const first = capped.start(spec("a"));
    await expect.poll(() => engine.started).toEqual(["a"]);
    engine.sandboxes.list = async () => {
      const listed = await list();
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return listed;
    };
    const second = failure(capped.start(spec("b")));
    await new Promise((resolve) => setImmediate(resolve));
    engine.finish();
    await first;
    answer();
    expect(await second).toMatchObject({ code: "unavailable" });
  });

  test("gives a place back where a start failed", async () => {
    const engine = makeEngine();
    const failing = {
      list: async () => [],
      start: async () => {
        throw new Error("no");
      },
    } as unknown as Sandboxes;
    const capped = capSandboxes(failing, { maxRunning: 1, onRefused: () => {} });
    await failure(capped.start(spec("a")));
    expect((await failure(capped.start(spec("b"))))?.message).toBe("no");
    expect(engine.refused()).toBe(0);
  });
});
