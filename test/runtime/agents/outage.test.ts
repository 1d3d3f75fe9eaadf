import { describe, expect, test } from "vitest";
import { toEngineError, within } from "../../../adapters/docker/engine-errors.js";
import type { Agent, AgentInput, Agents, Output } from "../../../src/ports/agents.js";
import { PortError } from "../../../src/ports/port-error.js";
import { afterFailure, failureKindOf, noOutage } from "../../../src/runtime/agents/outage.js";
import { deferred } from "../../support/deferred.js";
import { type Behaviours, createRouterFixture, type RouterFixture } from "../../support/runtime-fixture.js";

const bodyOf = (input: AgentInput) => ("body" in input.message ? input.message.body : "");
const never = () => new Promise<void>(() => {});
const engineError = (fields: object) =>
  toEngineError(Object.assign(new Error("engine"), fields), "Starting the sandbox");

const engineGone = () => engineError({ code: "ECONNREFUSED" });
const engineFails = () => engineError({ statusCode: 500 });
const startTimesOut = () =>
  new PortError("Claude Code did not answer", {
    code: "timeout",
    retryable: true,
    outage: "Claude Code does not answer",
  });
const roleIsUnreadable = () =>
  new PortError("The role coder of @tester cannot be read now.", {
    code: "unavailable",
    retryable: true,
    outage: "The folder of roles cannot be read",
  });
const wallCheckTimesOut = () =>
  new PortError("no look at the walls", {
    code: "timeout",
    retryable: true,
    outage: "Docker did not answer within 20 s",
  });

function createQueue() {
  const outputs: Output[] = [];
  let more = deferred();
  return {
    push(output: Output) {
      outputs.push(output);
      more.resolve();
      more = deferred();
    },
    async next(): Promise<Output> {
      while (outputs[0] === undefined) await more.promise;
      return outputs[0];
    },
    shift: () => void outputs.shift(),
  };
}

/** Agents on an engine that can be taken away: `problem` says how starting fails meanwhile, and `cut` ends what runs. */
function createEngine() {
  let problem: (() => PortError) | undefined;
  let isSeenHealthy = true;
  let running: { fail: (error: PortError) => void; put: (output: Output) => void }[] = [];
  const openedAtMs: number[] = [];
  let nowMs = () => 0;

  async function open(agents: Agents, asked: Parameters<Agents["open"]>): Promise<Agent> {
    openedAtMs.push(nowMs());
    if (problem) throw problem();
    const agent = await agents.open(...asked);
    const lost = deferred();
    const put = createQueue();
    let why: PortError | undefined;
    running.push({
      put: put.push,
      fail(error) {
        why = error;
        lost.resolve();
      },
    });
    async function* outputs() {
      const iterator = agent.outputs[Symbol.asyncIterator]();
      let coming = iterator.next();
      for (;;) {
        const next = await Promise.race([put.next(), coming, lost.promise.then(() => undefined)]);
        if (next === undefined) throw why;
        if ("kind" in next) {
          put.shift();
          yield next;
          continue;
        }
        if (next.done) return;
        coming = iterator.next();
        yield next.value;
      }
    }
    return { ...agent, outputs: outputs() };
  }

  return {
    between: (agents: Agents): Agents => ({
      ...agents,
      open: (...asked) => open(agents, asked),
      check: async () => ({ ok: isSeenHealthy || problem === undefined }),
    }),
    /** From now on a check of health shows whether the engine is away. */
    isChecked: () => {
      isSeenHealthy = false;
    },
    useClock: (router: RouterFixture) => {
      const startMs = router.clock.monotonicMs();
      nowMs = () => router.clock.monotonicMs() - startMs;
    },
    /** When the agent was tried to be started, in ms since the test began. */
    openedAtMs,
    goesAway: (how: () => PortError) => {
      problem = how;
    },
    comesBack: () => {
      problem = undefined;
    },
    /** The running turns emit this. */
    put: (output: Output) => {
      for (const one of running) one.put(output);
    },
    /** Ends the running turns as lost, with `error`. */
    cut: (error: PortError) => {
      for (const { fail } of running) fail(error);
      running = [];
    },
  };
}

async function createScene(agents: Behaviours, more: { turnIdleMs?: number } = {}) {
  const engine = createEngine();
  const router = await createRouterFixture({ agents, between: engine.between, ...more });
  engine.useClock(router);
  const deaths = () =>
    router.look((room) => {
      const agent = room.participants.get("tester");
      return agent?.kind === "agent" ? (agent.retry?.deaths ?? 0) : undefined;
    });
  const notices = async () => (await router.eventsOf("notice.posted")).map(({ text }) => text);
  return { engine, router, deaths, notices };
}

const began = "Docker does not answer. Messages to agents wait and are delivered when it works again.";
const ended = /^Agents can be reached again after \d+ s; what waited is delivered\.$/;

const answers: Behaviours = { tester: (input, { say }) => say(`@mia did ${bodyOf(input)}`) };

describe("an agent whose engine is away when it is to start", () => {
  test.each([
    ["cannot be reached", engineGone, /^Docker does not answer\. Messages to agents wait/],
    ["answers with 500", engineFails, /^Docker answers with an error \(500\)\. Messages to agents wait/],
    ["lets the start time out", startTimesOut, /^Claude Code does not answer\. Messages to agents wait/],
    ["cannot read the role", roleIsUnreadable, /^The folder of roles cannot be read\. Messages to agents wait/],
    ["lets the check of the walls time out", wallCheckTimesOut, /^Docker did not answer within 20 s\. Messages/],
    [
      "fails without saying what is away",
      () => new PortError("The disk is full.", { code: "full", retryable: true }),
      /^tester cannot be reached; its messages wait\. The disk is full\.$/,
    ],
  ])("gets its message once when the engine is back: it %s", async (_, how, notice) => {
    const { engine, router, deaths, notices } = await createScene(answers);
    engine.goesAway(how);
    await router.say("@tester the parser");
    await router.pass(4_000);
    expect(await notices()).toEqual([expect.stringMatching(notice)]);
    expect(await deaths()).toBe(0);
    expect(router.handed).toEqual([]);
    engine.comesBack();
    await router.pass(4_000);
    expect((await router.eventsOf("message.posted")).map(({ body }) => body)).toEqual(["the parser", "did the parser"]);
    expect(router.handed).toHaveLength(1);
    expect((await router.eventsOf("turn.started")).map(({ attempt }) => attempt)).toEqual([1]);
    expect((await router.eventsOf("turn.ended")).map(({ outcome }) => outcome)).toEqual(["done"]);
    expect(await notices()).toEqual([expect.stringMatching(notice), expect.stringMatching(ended)]);
    expect(await deaths()).toBe(0);
  });

  test("is tried at once when a check of health turns good", async () => {
    const { engine, router } = await createScene(answers);
    engine.isChecked();
    engine.goesAway(engineGone);
    await router.say("@tester go");
    await router.pass(100_000);
    expect(engine.openedAtMs.at(-1)).toBe(91_000);
    engine.comesBack();
    await router.pass(1_000);
    expect(router.handed).toHaveLength(1);
  });

  test("is named in one notice with the others, and one says that all can be reached again", async () => {
    const says: Behaviours[string] = (_input, { say }) => say("@mia done");
    const { engine, router, notices } = await createScene({ tester: says, coder: says, reviewer: says });
    engine.isChecked();
    engine.goesAway(engineGone);
    await router.say("@tester @coder @reviewer go");
    await router.pass(20_000);
    expect(await notices()).toEqual([began]);
    const detail = "messages of 3 agents wait in 1 room: Docker does not answer";
    expect(router.runtime.agents.check()).toEqual({ ok: false, detail });
    engine.comesBack();
    await router.pass(2_000);
    expect(router.runtime.agents.check()).toEqual({ ok: true });
    expect(router.handed).toHaveLength(3);
    expect(await notices()).toEqual([began, expect.stringMatching(ended)]);
  });

  test("is tried after 1 s, then after twice as long each time, up to 30 s, for as long as it takes", async () => {
    const { engine, router, notices } = await createScene(answers, { turnIdleMs: 60_000 });
    engine.goesAway(engineGone);
    await router.say("@tester go");
    await router.pass(600_000);
    const inSeconds = engine.openedAtMs.map((ms) => ms / 1_000);
    expect(inSeconds.slice(0, 8)).toEqual([0, 1, 3, 7, 15, 31, 61, 91]);
    expect(inSeconds).toHaveLength(6 + Math.floor((600 - 31) / 30));
    expect(await router.eventsOf("turn.ended")).toEqual([]);
    engine.comesBack();
    await router.pass(30_000);
    expect(router.handed).toHaveLength(1);
    expect(await notices()).toEqual([began, expect.stringMatching(/again after 10 min/)]);
  });

  test("gets messages added meanwhile after the first message, each once", async () => {
    const { engine, router } = await createScene(answers);
    engine.goesAway(engineGone);
    await router.say("@tester one");
    await router.say("@tester now", { class: "interrupt" });
    await router.say("@tester later");
    await router.pass(2_000);
    engine.comesBack();
    await router.pass(10_000);
    expect(router.handed.map(({ input }) => bodyOf(input)).sort()).toEqual(["later", "now", "one"]);
    expect(bodyOf(router.handed[0]!.input)).not.toBe("later");
  });

  test("can be stopped by a person meanwhile, and the next message is delivered", async () => {
    const { engine, router, notices } = await createScene(answers);
    engine.isChecked();
    engine.goesAway(engineGone);
    await router.say("@tester one");
    await router.pass(2_000);
    await router.execute({ type: "agent.interrupt", by: { kind: "person", name: "mia" }, name: "tester" });
    await router.say("@tester two");
    await router.pass(5_000);
    engine.comesBack();
    await router.pass(30_000);
    expect(router.handed.map(({ input }) => bodyOf(input))).toEqual(["two"]);
    expect((await router.eventsOf("turn.ended")).map(({ outcome }) => outcome)).toEqual(["cancelled", "done"]);
    expect(await notices()).toEqual([began, expect.stringMatching(ended)]);
  });

  test("gets its message from the next process when the router restarts meanwhile", async () => {
    const { engine, router } = await createScene(answers);
    engine.goesAway(engineGone);
    await router.say("@tester go");
    await router.pass(2_000);
    await router.restart();
    engine.comesBack();
    await router.pass(10_000);
    expect(router.handed).toHaveLength(1);
    expect((await router.eventsOf("message.posted")).map(({ body }) => body)).toEqual(["go", "did go"]);
  });
});

describe("an agent whose engine goes away in its turn", () => {
  test.each([
    ["for 4 s", 4_000],
    ["for 12 s", 12_000],
    ["for 5 min", 300_000],
  ])("gets its messages again when it is back, and no death counts: %s", async (_, awayMs) => {
    let tells = 0;
    const { engine, router, deaths, notices } = await createScene({
      tester: (_input, { say }) => {
        tells += 1;
        return tells === 1 ? never() : say("@mia done");
      },
    });
    await router.say("@tester go");
    engine.goesAway(engineGone);
    engine.cut(engineGone());
    await router.pass(awayMs);
    expect(await deaths()).toBe(0);
    expect(tells).toBe(1);
    engine.comesBack();
    await router.pass(30_000);
    expect(tells).toBe(2);
    expect((await router.eventsOf("message.posted")).map(({ body }) => body)).toEqual(["go", "done"]);
    expect(await router.eventsOf("turn.ended")).toMatchObject([{ outcome: "lost", outage: true }, { outcome: "done" }]);
    expect((await router.eventsOf("turn.ended"))[0]).not.toHaveProperty("lostBy");
    expect(await notices()).toEqual([
      began,
      expect.stringMatching(/^Agents can be reached again after .* delivered again: tester\.$/),
    ]);
  });

  test("more often than it may die is not given up", async () => {
    let tells = 0;
    const { engine, router, deaths } = await createScene({
      tester: (_input, { say }) => {
        tells += 1;
        return tells <= 12 ? never() : say("@mia done");
      },
    });
    await router.say("@tester go");
    for (let cut = 0; cut < 12; cut++) {
      engine.cut(engineFails());
      await router.pass(31_000);
    }
    expect(tells).toBe(13);
    expect(await deaths()).toBe(0);
    expect((await router.eventsOf("turn.ended")).at(-1)).toMatchObject({ outcome: "done" });
  });

  test("a second time is reported to the room again", async () => {
    const { engine, router, notices } = await createScene(answers);
    for (const body of ["one", "two"]) {
      engine.goesAway(engineGone);
      engine.cut(engineGone());
      await router.say(`@tester ${body}`);
      await router.pass(2_000);
      engine.comesBack();
      await router.pass(5_000);
    }
    expect(router.handed.map(({ input }) => bodyOf(input))).toEqual(["one", "two"]);
    expect((await notices()).filter((text) => text === began)).toHaveLength(2);
  });
});

describe("an agent whose process lives on while the connection to it is lost", () => {
  const away = { kind: "link", outage: "The connection to Docker was lost" } as const;

  test("continues its turn, which is not repeated and does not time out", async () => {
    const rest = deferred();
    const { engine, router, notices } = await createScene(
      { tester: (_input, { say }) => rest.promise.then(() => say("@mia done")) },
      { turnIdleMs: 60_000 },
    );
    await router.say("@tester go");
    engine.put(away);
    await router.pass(300_000);
    expect(await router.eventsOf("turn.ended")).toEqual([]);
    engine.put({ kind: "link" });
    rest.resolve();
    await router.pass(1_000);
    expect(router.handed).toHaveLength(1);
    expect((await router.eventsOf("turn.ended")).map(({ outcome }) => outcome)).toEqual(["done"]);
    expect(await notices()).toEqual([
      "The connection to Docker was lost. Messages to agents wait and are delivered when it works again.",
      expect.stringMatching(/^Agents can be reached again after 5 min; what waited is delivered\.$/),
    ]);
  });

  test("is not spoken about while it has nothing to do", async () => {
    const { engine, router, notices } = await createScene(answers);
    await router.say("@tester go");
    await router.pass(1_000);
    engine.put(away);
    await router.pass(60_000);
    expect(await notices()).toEqual([]);
  });
});

describe("an agent whose model does not answer", () => {
  const away = "The model's provider answers with an error (529)";
  const noAnswer = { kind: "turnEnded", outcome: "failed", error: "overloaded", outage: away } as const;
  const beganWords = `${away}. Messages to agents wait and are delivered when it works again.`;

  /** Its turns stay open until the test puts an end. */
  const createSilentScene = (more: { turnIdleMs?: number } = {}) =>
    createScene({ tester: (input, { say }) => (bodyOf(input) === "two" ? say("@mia done") : never()) }, more);

  test("goes on with the same turn when it does, with one notice before and one after", async () => {
    const { engine, router, deaths, notices } = await createSilentScene({ turnIdleMs: 60_000 });
    await router.say("@tester go");
    for (let call = 0; call < 9; call++) {
      engine.put(noAnswer);
      await router.pass(35_000);
      engine.put({ kind: "notice", text: "trying again in 1 s (1 of 4)", severity: "info" });
    }
    expect(await notices()).toEqual([beganWords]);
    expect(router.runtime.agents.check()).toMatchObject({ ok: false });
    expect(await router.eventsOf("turn.ended")).toEqual([]);
    engine.put({ kind: "block", outputId: "late", index: 0, text: "@mia done" });
    engine.put({ kind: "turnEnded", outcome: "done" });
    await router.pass(1_000);
    expect((await router.eventsOf("turn.ended")).map(({ outcome }) => outcome)).toEqual(["done"]);
    expect((await router.eventsOf("turn.started")).map(({ attempt }) => attempt)).toEqual([1]);
    expect((await router.eventsOf("message.posted")).map(({ body }) => body)).toEqual(["go", "done"]);
    expect(await notices()).toEqual([beganWords, expect.stringMatching(/again after 5 min/)]);
    expect(await deaths()).toBe(0);
    expect(router.runtime.agents.check()).toEqual({ ok: true });
  });

  test("can be stopped by a person meanwhile, and the next message is delivered", async () => {
    const { engine, router } = await createSilentScene();
    await router.say("@tester one");
    engine.put(noAnswer);
    await router.pass(100);
    await router.execute({ type: "agent.interrupt", by: { kind: "person", name: "mia" }, name: "tester" });
    await router.say("@tester two");
    await router.pass(5_000);
    expect((await router.eventsOf("turn.ended")).map(({ outcome }) => outcome)).toEqual(["cancelled"]);
    expect((await router.eventsOf("turn.started")).map(({ messages }) => messages)).toEqual([["m1"], ["m2"]]);
  });

  test("and whose engine goes away too is told of in its own words", async () => {
    const { engine, router, deaths } = await createSilentScene();
    await router.say("@tester go");
    engine.put(noAnswer);
    await router.pass(100);
    engine.cut(engineGone());
    await router.pass(5_000);
    expect((await router.eventsOf("turn.ended")).map(({ outage }) => outage)).toEqual([true]);
    expect(router.handed).toHaveLength(2);
    expect(await deaths()).toBe(0);
  });
});

describe("a log that cannot be written for a while", () => {
  test("spends no retry of a turn whose work was not stored", async () => {
    const answer = deferred();
    const { router } = await createScene({ tester: (_input, { say }) => answer.promise.then(() => say("@mia done")) });
    await router.say("@tester go");
    router.log.planFaults(() => "unavailable");
    answer.resolve();
    await router.pass(5_000);
    router.log.planFaults(() => undefined);
    await router.pass(10_000);
    const lost = (await router.eventsOf("turn.ended")).filter(({ outcome }) => outcome === "lost");
    expect(lost).toMatchObject([{ outage: true }]);
    expect(lost[0]).not.toHaveProperty("lostBy");
    expect((await router.eventsOf("message.posted")).map(({ body }) => body)).toEqual(["go", "done"]);
  });

  test("keeps the notices of an outage that began meanwhile, in order and each once", async () => {
    const { engine, router, notices } = await createScene(answers);
    await router.say("@tester one");
    engine.goesAway(engineGone);
    engine.cut(engineGone());
    await router.say("@tester two");
    router.log.planFaults(() => "full");
    await router.pass(4_000);
    engine.comesBack();
    await router.pass(4_000);
    router.log.planFaults(() => undefined);
    await router.pass(10_000);
    expect(await notices()).toEqual([began, expect.stringMatching(ended)]);
  });
});

describe("a sandbox that dies", () => {
  const died = () => new PortError("exit code 1", { code: "died", retryable: true });

  test("still counts between two outages, and its turn is given up after 3 deaths", async () => {
    const { engine, router, deaths } = await createScene({ tester: never });
    await router.say("@tester go");
    for (const [error, counted] of [
      [died(), 1],
      [engineGone(), 1],
      [died(), 2],
      [engineFails(), 2],
    ] as const) {
      engine.cut(error);
      await router.pass(31_000);
      expect(await deaths()).toBe(counted);
    }
    engine.cut(died());
    await router.pass(5_000);
    expect((await router.eventsOf("turn.ended")).at(-1)).toMatchObject({ outcome: "failed" });
    expect((await router.eventsOf("notice.posted")).at(-1)?.text).toMatch(/sandbox died 3 times, while it worked/);
  });

  test("as it starts is not said to have died while it worked", async () => {
    const { engine, router, notices } = await createScene(answers);
    engine.goesAway(died);
    await router.say("@tester go");
    await router.pass(10_000);
    expect((await router.eventsOf("turn.ended")).map(({ outcome }) => outcome)).toEqual(["lost", "lost", "failed"]);
    expect(await notices()).toEqual([expect.stringMatching(/sandbox died 3 times, at last before it could begin/)]);
  });

  test("is distinguished from a refusal and from an outage", async () => {
    expect(failureKindOf(died())).toBe("death");
    expect(failureKindOf(new TypeError("a defect"))).toBe("death");
    expect(failureKindOf(engineError({ statusCode: 400 }))).toBe("refused");
    for (const code of ["ECONNREFUSED", "ENOENT", "ECONNRESET", "EACCES"])
      expect(failureKindOf(engineError({ code }))).toBe("outage");
    for (const statusCode of [409, 500, 503]) expect(failureKindOf(engineError({ statusCode }))).toBe("outage");
    const { router } = await createScene({});
    const late = within(new Promise(() => {}), { clock: router.clock, timeoutMs: 60_000, doing: "Starting" });
    router.clock.advance(60_000);
    expect(failureKindOf(await late.catch((error: unknown) => error))).toBe("outage");
  });
});

test("the back-off grows from 1 s to 30 s", () => {
  let state = noOutage;
  const waits = Array.from({ length: 8 }, () => {
    state = afterFailure(state, 5_000);
    return state.retryAtMs - 5_000;
  });
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});
