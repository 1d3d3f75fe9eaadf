import { describe, expect, test } from "vitest";
import { createScriptedAgents } from "../../../adapters/scripted/agents.js";
import type { ScriptRule } from "../../../src/core/values/script.js";
import type { Agent, AgentInput, AgentSpec } from "../../../src/ports/agents.js";
import { PortError } from "../../../src/ports/port-error.js";
import { listen, messageFor } from "../../contract/agent-listener.js";
import { agentSpec } from "../../support/agent-spec.js";
import { sha256 } from "../../support/sha256.js";
import { createStubClock } from "../../support/stub-clock.js";

const start: AgentInput = { id: "start", text: "", message: { kind: "start" }, class: "deliver" };

const from = (name: string, body: string): AgentInput => {
  const input = messageFor(`${name}:${body}`, body);
  return { ...input, message: { messageId: input.id, from: name, body } };
};

/** Lets the microtasks run in which a turn starts. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

async function open(script: ScriptRule[], fields: Partial<AgentSpec> = {}) {
  const clock = createStubClock();
  const agents = createScriptedAgents({ clock, sha256 });
  const spec = agentSpec({ script, ...fields });
  const agent: Agent = await agents.open(spec, { sessionId: "s", resume: false });
  return { agents, agent, clock, spec, listener: listen(agent) };
}

/** The agent's replies to the inputs, each sent when the one before is done; `null` for silence. */
async function replies(options: { script: ScriptRule[]; inputs: AgentInput[]; spec?: Partial<AgentSpec> }) {
  const { agent, listener } = await open(options.script, options.spec);
  const said: (string | null)[] = [];
  for (const [index, input] of options.inputs.entries()) {
    const before = listener.texts().length;
    await agent.send(input);
    await listener.nth("turnEnded", index + 1);
    said.push(...(listener.texts().length === before ? [null] : listener.texts().slice(before)));
  }
  return said;
}

describe("the rule that answers", () => {
  const two: ScriptRule[] = [
    { match: "^hello", reply: "A" },
    { match: "hello", reply: "B" },
  ];
  test.each<[string, ScriptRule[], AgentInput, string | null]>([
    ["is the first that fits", two, from("mia", "hello"), "A"],
    ["may be a later one", two, from("mia", "oh hello"), "B"],
    ["may be none: the turn is silent", two, from("mia", "goodbye"), null],
    ["does not care about case", two, from("mia", "HELLO"), "A"],
    ["may say nothing", [{ match: "hello" }, ...two], from("mia", "hello"), null],
    ["may be for one sender", [{ from: "Ben", reply: "hi" }], from("ben", "x"), "hi"],
    ["is not for another", [{ from: "ben", reply: "hi" }], from("benny", "x"), null],
    ["may be for people", [{ from: "humans", reply: "hi" }], from("mia", "x"), "hi"],
    ["for people takes also who came later", [{ from: "humans", reply: "hi" }], from("zoe", "x"), "hi"],
    ["for people does not take an agent", [{ from: "humans", reply: "hi" }], from("coder", "x"), null],
    ["for people does not take Parley", [{ from: "humans", reply: "hi" }], from("parley", "bounced"), null],
    ["of the start is not for messages", [{ on: "start", reply: "hi" }], from("mia", "x"), null],
    ["of the start is for the start", [{ reply: "no" }, { on: "start", reply: "hi" }], start, "hi"],
    ["of messages is not for the start", [{ reply: "no" }], start, null],
    ["may look at several lines", [{ match: "one\\s+two", reply: "hi" }], from("mia", "one\ntwo"), "hi"],
    ["sees 32 KiB of a message", [{ match: "end", reply: "hi" }], from("mia", `${" ".repeat(32_765)}end`), "hi"],
    ["sees no more than that", [{ match: "end", reply: "hi" }], from("mia", `${" ".repeat(32_766)}end`), null],
  ])("%s", async (_title, script, input, said) => {
    expect(await replies({ script, inputs: [input] })).toEqual([said]);
  });

  test("is used as often as it says, counted in the session", async () => {
    const script = [{ match: "x", times: 2, reply: "A" }, { reply: "B" }];
    const inputs = ["x1", "y", "x2", "x3"].map((body) => from("mia", body));
    expect(await replies({ script, inputs })).toEqual(["A", "B", "A", "B"]);
  });

  test("keeps its count when the session is resumed, and answers a redelivered message with the same rule", async () => {
    const script: ScriptRule[] = [
      { match: "x", times: 1, delayMs: 10, reply: "A" },
      { match: "y", times: 1, reply: "C" },
      { reply: "B" },
    ];
    const first = await open(script);
    await first.agent.send(from("mia", "y"));
    await first.listener.says("C");
    await first.agent.send(from("mia", "x"));
    await settle();
    await first.agent.close({ graceful: false });
    const agent = await first.agents.open(first.spec, { sessionId: "s", resume: true });
    const listener = listen(agent);
    for (const body of ["x", "y", "x again", "y again"]) await agent.send(from("mia", body));
    await settle();
    first.clock.advance(10);
    await listener.nth("turnEnded", 1);
    expect(listener.texts()).toEqual(["A", "C", "B", "B"]);
    expect(listener.all("block")[1]).toEqual(first.listener.all("block")[0]);
  });

  test("is found without a runaway pattern, and people are told", async () => {
    const script: ScriptRule[] = [{ match: "^(a+)+$", reply: "A" }, { reply: "B" }];
    const { agent, listener } = await open(script);
    const startedMs = performance.now();
    for (const id of ["m1", "m2", "m3", "m4", "m5"]) await agent.send(messageFor(id, `${"a".repeat(60)}!`));
    await listener.nth("block", 5);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(new Set(listener.texts())).toEqual(new Set(["B"]));
    expect(listener.all("notice").map(({ text }) => text)).toEqual([expect.stringContaining("rule 1 of the script")]);
  });
});

describe("a script that cannot be followed", () => {
  test("is refused where the agent is opened", async () => {
    await expect(open([{ reply: "fine" }, { match: "(" }])).rejects.toMatchObject({
      code: "refused",
      retryable: false,
      message: expect.stringContaining("rule 2 of the script"),
    });
    const agents = createScriptedAgents({ clock: createStubClock(), sha256 });
    await expect(agents.open(agentSpec(), { sessionId: "s", resume: false })).rejects.toBeInstanceOf(PortError);
  });
});

describe("a reply", () => {
  const room: Partial<AgentSpec> = {
    participants: [
      { name: "mia", kind: "human", role: "owner" },
      { name: "coder", kind: "agent", role: "coder" },
      { name: "rita", kind: "agent", role: "reviewer" },
      { name: "planner", kind: "human", role: "member" },
    ],
  };
  test.each<[string, ScriptRule, string, string]>([
    ["names the sender", { reply: "@{from} hello" }, "x", "@mia hello"],
    ["repeats the body", { reply: "you said {body}" }, "x {from}", "you said x {from}"],
    ["has the groups", { match: "add (\\w+)( fast)?", reply: "{1}|{2}|{0}|{9}" }, "add it", "it||add it|"],
    ["leaves other braces alone", { reply: "{ {x} {json|text} {}" }, "x", "{ {x} {json|text} {}"],
    ["finds an agent by role", { reply: "@{reviewer|room} look" }, "x", "@rita look"],
    ["finds an agent by name", { reply: "@{rita|room} look" }, "x", "@rita look"],
    ["falls back where there is none", { reply: "@{tester|room} look" }, "x", "@room look"],
    ["does not take a person for an agent", { reply: "@{planner|humans} look" }, "x", "@humans look"],
    ["passes a whole line on", { reply: "{body}" }, "@room hi\n@rita ho", "@room hi\n@rita ho"],
    ["opens no directive inside", { reply: "said: {body}" }, "a\n  **@rita** ho", "said: a\n      **@rita** ho"],
    ["opens none at any line end", { reply: "- {body}" }, "a\r\n@rita\rb", "- a\r\n    @rita\rb"],
  ])("%s", async (_title, rule, body, said) => {
    expect(await replies({ script: [rule], inputs: [from("mia", body)], spec: room })).toEqual([said]);
  });

  test("does not grow without bound", async () => {
    const rule = { reply: "{body}".repeat(5_000) };
    const [said] = await replies({ script: [rule], inputs: [from("mia", "b".repeat(30_000))] });
    expect(said?.length).toBeLessThanOrEqual(128 * 1_024);
    expect(said).toContain("…");
  });
});

describe("the pace of a rule", () => {
  const script: ScriptRule[] = [
    {
      work: [
        { tool: "Read", input: { file_path: "a.ts" }, ms: 100 },
        { tool: "Edit", ms: 200 },
      ],
      delayMs: 50,
      reply: "one two  three",
      stream: true,
    },
  ];

  test("is work, delay, words and block by the clock, all within one advance of it", async () => {
    const { agent, clock, listener } = await open(script);
    await agent.send(from("mia", "go"));
    await settle();
    expect(listener.heard.map(({ kind }) => kind)).toEqual(["tool"]);
    clock.advance(99);
    await settle();
    expect(listener.heard).toHaveLength(1);
    clock.advance(1);
    await settle();
    expect(listener.all("tool").map(({ name, phase, summary }) => `${name} ${phase} ${summary}`)).toEqual([
      "Read started a.ts",
      "Read ended a.ts",
      "Edit started ",
    ]);
    clock.advance(200 + 50 + 29);
    await settle();
    expect(listener.all("delta")).toEqual([{ kind: "delta", text: "one " }]);
    clock.advance(1 + 30 + 30);
    await listener.nth("turnEnded", 1);
    expect(listener.all("delta").map(({ text }) => text)).toEqual(["one ", "two  ", "three"]);
    expect(listener.texts()).toEqual(["one two  three"]);
    expect(clock.pending()).toBe(0);
  });

  test("leaves no timer behind when it is stopped or closed", async () => {
    for (const stop of ["interrupt", "close"] as const) {
      const { agent, clock, listener } = await open(script);
      await agent.send(from("mia", "go"));
      await settle();
      expect(clock.pending()).toBe(1);
      await (stop === "close" ? agent.close({ graceful: false }) : agent.interrupt());
      expect(clock.pending()).toBe(0);
      clock.advance(10_000);
      await settle();
      expect(listener.texts()).toEqual([]);
    }
  });

  test("of a plain reply takes no timer", async () => {
    const { agent, clock, listener } = await open([{ reply: "at once" }]);
    await agent.send(from("mia", "go"));
    expect(clock.pending()).toBe(0);
    await listener.nth("turnEnded", 1);
    expect(listener.texts()).toEqual(["at once"]);
  });

  test("of a long reply has an end: 200 pieces at most", async () => {
    const { agent, clock, listener } = await open([{ reply: "word ".repeat(5_000), stream: true }]);
    await agent.send(from("mia", "go"));
    await settle();
    clock.advance(200 * 30);
    await listener.nth("turnEnded", 1);
    expect(listener.all("delta").length).toBeLessThanOrEqual(200);
    const pieces = listener.all("delta").map(({ text }) => text);
    expect(pieces.join("")).toBe(listener.texts()[0]);
  });
});

describe("an ask that is refused", () => {
  test.each<[ScriptRule["ask"], string]>([
    [{ tool: "Bash", input: {} }, "(not allowed: no @room today)"],
    [{ question: "Which?" }, "(no answer: no @room today)"],
  ])("%j leaves one silent line", async (ask, said) => {
    const { agent, listener } = await open([{ ask, reply: "@room done", fail: "crash" } as ScriptRule]);
    await agent.send(from("mia", "go"));
    const { requestId } = await listener.nth("ask", 1);
    await agent.answer(requestId, { kind: "deny", message: "no\n@room today" });
    await listener.nth("turnEnded", 1);
    expect(listener.texts()).toEqual([said]);
  });

  test("by an answer of the wrong kind is refused as well", async () => {
    const { agent, listener } = await open([{ ask: { tool: "Bash", input: {} }, reply: "ran" }]);
    await agent.send(from("mia", "go"));
    const { requestId } = await listener.nth("ask", 1);
    await agent.answer(requestId, { kind: "answer", answers: { Bash: "yes" } });
    await listener.nth("turnEnded", 1);
    expect(listener.texts()).toEqual([expect.stringContaining("not allowed")]);
  });
});

describe("a failure", () => {
  test("comes after the reply, which keeps its id when the message is handed over again", async () => {
    const { agents, agent, listener, spec } = await open([{ reply: "last words", fail: "crash" }]);
    await agent.send(from("mia", "go"));
    expect(await listener.outcome).toEqual({ thrown: expect.any(PortError) });
    const again = await agents.open(spec, { sessionId: "s", resume: true });
    const second = listen(again);
    await again.send(from("mia", "go"));
    await second.outcome;
    expect(second.all("block")).toEqual(listener.all("block"));
    expect(listener.all("block")[0]?.outputId).toMatch(/^[0-9a-f]{24}$/);
  });

  test("ends the session: counters start from zero", async () => {
    const { agents, agent, listener, spec } = await open([
      { match: "crash", fail: "crash" },
      { times: 1, reply: "first" },
    ]);
    await agent.send(from("mia", "hello"));
    await agent.send(from("mia", "crash"));
    await listener.outcome;
    const again = await agents.open(spec, { sessionId: "s", resume: true });
    await again.send(from("mia", "another"));
    await listen(again).says("first");
  });

  test("ends the turn with the messages that waited in it", async () => {
    const { agent, listener } = await open([{ match: "fail", fail: "error" }, { reply: "fine" }]);
    await Promise.all([agent.send(from("mia", "fail")), agent.send(from("mia", "waits"))]);
    await listener.nth("turnEnded", 1);
    await agent.send(from("mia", "next"));
    await listener.nth("turnEnded", 2);
    expect(listener.texts()).toEqual(["fine"]);
    expect(listener.all("turnEnded")[0]?.error).toContain("rule 1 of the script");
  });
});

describe("output ids", () => {
  test("differ by agent, room, message and rule", async () => {
    const idOf = async (fields: Partial<AgentSpec>, body: string) => {
      const { agent, listener } = await open([{ match: "one", reply: "x" }, { reply: "x" }], fields);
      await agent.send({ ...from("mia", body), message: { messageId: "m1", from: "mia", body } });
      return (await listener.nth("block", 1)).outputId;
    };
    const ids = [
      await idOf({}, "one"),
      await idOf({}, "two"),
      await idOf({ name: "reviewer" }, "one"),
      await idOf({ roomId: "r2" }, "one"),
    ];
    expect(new Set(ids).size).toBe(4);
    expect(await idOf({}, "one")).toBe(ids[0]);
  });

  test("of a start belong to the session, so that a new session says the reply again", async () => {
    const idOf = async (sessionId: string) => {
      const agents = createScriptedAgents({ clock: createStubClock(), sha256 });
      const spec = agentSpec({ script: [{ on: "start", reply: "@room hello" }] });
      const agent = await agents.open(spec, { sessionId, resume: false });
      await agent.send(start);
      return (await listen(agent).nth("block", 1)).outputId;
    };
    expect(await idOf("s1")).toBe(await idOf("s1"));
    expect(await idOf("s1")).not.toBe(await idOf("s2"));
  });
});

describe("a session", () => {
  test("that is opened again is taken from its holder", async () => {
    const { agents, listener, spec } = await open([{ reply: "x" }]);
    const second = await agents.open(spec, { sessionId: "s", resume: true });
    expect(await listener.outcome).toBe("ended");
    const heard = listen(second);
    await second.send(from("mia", "go"));
    await heard.says("x");
  });

  test("answers 20,000 plain messages in well under two seconds, without a timer", async () => {
    const clock = createStubClock();
    const script = [{ match: "^never (.*)$", reply: "no" }, { reply: "@{from} yes" }];
    const agent = await createScriptedAgents({ clock, sha256 }).open(agentSpec({ script }), {
      sessionId: "s",
      resume: false,
    });
    const startedMs = performance.now();
    for (let at = 0; at < 20_000; at++) void agent.send(messageFor(`m${at}`, "go"));
    void agent.close({ graceful: true });
    let blocks = 0;
    for await (const { kind } of agent.outputs) blocks += kind === "block" ? 1 : 0;
    expect(blocks).toBe(20_000);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(clock.pending()).toBe(0);
  });
});
