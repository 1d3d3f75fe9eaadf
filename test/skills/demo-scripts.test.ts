import { describe, expect, test } from "vitest";
import type { AskDecision } from "../../src/ports/agents.js";
import { createDemoRoom, type DemoRoom, demoScript } from "../support/demo-room.js";

const roles = ["planner", "coder", "reviewer"];
const team = roles.map((role) => ({ name: role, role }));

const agree = (ask: DemoRoom["asked"][number]): AskDecision =>
  ask.askKind === "tool"
    ? { kind: "allow", input: ask.input, remember: false }
    : { kind: "answer", answers: { [ask.title]: ask.options?.[0]?.label ?? "yes" } };

/** Sender and recipient of each message: `coder>reviewer REVIEW_REQUEST`. */
function story(room: DemoRoom): string[] {
  return room.messages
    .filter(({ from }) => from !== "mia")
    .map(({ from, to, body }) => `${from}>${to} ${/^[A-Z_]+(?=:)/.exec(body)?.[0] ?? "…"}`);
}

const wholeStory = [
  "planner>coder PLAN",
  "coder>reviewer REVIEW_REQUEST",
  "reviewer>coder REVIEW_FEEDBACK",
  "coder>reviewer REVIEW_REQUEST",
  "reviewer>coder APPROVED",
  "coder>room DONE",
  "planner>mia …",
];

describe("the demo of the whole team", () => {
  test("tells the story of one feature in about 40 seconds, by itself", async () => {
    const room = await createDemoRoom(team, agree);
    room.start("planner");
    const tookMs = await room.run();
    expect(story(room)).toEqual(wholeStory);
    expect(room.bounced).toEqual([]);
    expect(tookMs).toBeGreaterThan(30_000);
    expect(tookMs).toBeLessThan(50_000);
    const atMs = room.messages.map((message) => message.atMs);
    const pausesMs = atMs.map((at, index) => at - (atMs[index - 1] ?? 0));
    expect(Math.min(...pausesMs)).toBeGreaterThan(2_000);
    expect(Math.max(...pausesMs)).toBeLessThan(13_000);
  });

  test("shows tools at work, text as it is written, and one question whose answer is used", async () => {
    const room = await createDemoRoom(team, agree);
    room.start("planner");
    await room.run();
    const tools = room.outputs.flatMap(({ from, output }) =>
      output.kind === "tool" ? [`${from} ${output.name}`] : [],
    );
    expect(tools).toEqual(expect.arrayContaining(["coder Read", "coder Edit", "coder Bash", "reviewer Read"]));
    expect(room.outputs.some(({ output }) => output.kind === "delta")).toBe(true);
    expect(room.asked.map(({ options }) => options?.map(({ label }) => label))).toEqual([
      ["An empty list: []", "Nothing at all"],
    ]);
    const request = room.messages.find(({ body }) => body.startsWith("REVIEW_REQUEST"));
    expect(request?.body).toContain("An empty list: []");
  });

  test("can be told again by a person, with other names", async () => {
    const named = [
      { name: "pat", role: "planner" },
      { name: "cleo", role: "coder" },
      { name: "rita", role: "reviewer" },
    ];
    const room = await createDemoRoom(named, agree);
    const renamed = wholeStory.map((line) =>
      line
        .replace(/planner/g, "pat")
        .replace(/coder/g, "cleo")
        .replace(/reviewer/g, "rita"),
    );
    for (const time of [1, 2]) {
      room.write("plan a feature", ["pat"]);
      await room.run();
      expect(story(room).filter((line) => line !== "pat>mia …")).toHaveLength(time * (renamed.length - 1));
    }
    expect(story(room).slice(0, 8)).toEqual(["pat>mia …", ...renamed]);
    expect(room.bounced).toEqual([]);
  });
});

describe.each(roles)("the demo of a %s alone with a person", (role) => {
  const alone = () => createDemoRoom([{ name: role, role }], agree);

  test.each([
    "hello there",
    "what time is it?",
    "please add a flag and plan the feature",
    "fix the bug in the report",
    "could you review this diff?",
    "@room\n@nobody hi",
  ])("answers %j without a bounce", async (body) => {
    const room = await alone();
    room.write(body);
    await room.run();
    expect(room.bounced).toEqual([]);
    expect(story(room).length).toBeGreaterThan(0);
    expect(story(room).length).toBeLessThanOrEqual(2);
  });

  test("opens without a bounce", async () => {
    const room = await alone();
    room.start(role);
    await room.run();
    expect(room.bounced).toEqual([]);
  });
});

describe("every demo script", () => {
  test.each(roles)("of the %s uses only tools its role has", (role) => {
    const allowed = { planner: "Read Glob Grep", reviewer: "Read Glob Grep", coder: "Read Glob Grep Edit Write Bash" };
    const tools = demoScript(role).flatMap(({ work = [], ask }) => [
      ...work.map(({ tool }) => tool),
      ...(ask && "tool" in ask ? [ask.tool] : []),
    ]);
    const known = new Set(
      Object.entries(allowed)
        .find(([name]) => name === role)?.[1]
        .split(" "),
    );
    expect(tools.filter((tool) => !known.has(tool))).toEqual([]);
    expect(tools.length).toBeGreaterThan(0);
  });

  test("of a coder takes a person's approval, and does without an allowed tool", async () => {
    const room = await createDemoRoom([{ name: "coder", role: "coder" }], () => ({ kind: "deny", message: "no" }));
    room.write("fix the report");
    await room.run();
    expect(story(room)).toEqual([]);
    room.write("Looks good, ship it");
    await room.run();
    expect(story(room)).toEqual(["coder>room DONE"]);
  });
});
