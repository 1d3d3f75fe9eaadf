import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/parley-client.js";
import type { Ended, RunOptions } from "./support/cli.js";
import { runCliHere } from "./support/run-here.js";
import { eventsOf, openSite, roomWith, type Site } from "./support/server.js";

let site: Site;
let room: string;

const work = [
  { tool: "Read", input: { file_path: "sum.ts" }, ms: 0, output: "export const sum = 1;\u001b[2J" },
  { tool: "Bash", input: { command: "npm test" }, ms: 0, output: `failed\n${"x".repeat(20_000)}`, failed: true },
];
const coder = {
  name: "coder",
  runtime: "scripted",
  script: [{ match: "fix", thinking: "first the tests", plan: ["read", "test"], work, reply: "it is fixed" }],
};

beforeAll(async () => {
  site = await openSite();
  room = await roomWith(site.home, [coder, { name: "idle", runtime: "scripted", script: [] }], { keepThinking: true });
  for (const count of [1, 2]) {
    await runCliHere(site.home, ["send", room, "@coder fix it"]);
    await eventually(
      async () => (await eventsOf(site.home, room)).filter(({ type }) => type === "turn.ended").length,
      (ended) => ended === count,
      60_000,
    );
  }
  // What the agent did is stored a moment after the end of its turn.
  const steps = async () => (await parley(["log", room, "coder", "--last", "1", "--steps"])).out;
  await eventually(steps, (out) => out.includes("it is fixed"), 60_000);
});
afterAll(() => site.end());

const parley = (args: readonly string[], options?: RunOptions): Promise<Ended> => runCliHere(site.home, args, options);

async function ok(...args: string[]): Promise<string> {
  const { code, out, err } = await parley(args);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out;
}

describe("parley log", () => {
  test("has one line a turn, the newest last, with its steps, time and end", async () => {
    const lines = (await ok("log", room)).trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d coder 2 steps · \d+ s +\S{20}$/);
    expect(await ok("log", room, "coder", "--last", "1")).toContain(lines[1]?.slice(-20));
    expect(await ok("log", room, "idle")).toContain("No agent has had a turn");
  });

  test("unfolds a turn to thoughts, plan, tools with input and result, and text", async () => {
    const out = await ok("log", room, "coder", "--last", "1", "--steps");
    expect(out).toContain("thinks: first the tests");
    expect(out).toContain("x read\n");
    expect(out).toContain("Read sum.ts");
    expect(out).toContain('{"file_path":"sum.ts"}');
    expect(out).toContain("export const sum = 1;\\x1b[2J");
    expect(out).toContain("✗ Bash npm test");
    expect(out).toContain("(cut; all of it has 20,007 bytes)");
    expect(out).toContain("it is fixed");
  });

  test("unfolds the turn whose id begins like this, and says which there are otherwise", async () => {
    const { turns } = JSON.parse(await ok("log", room, "--json")) as { turns: { turnId: string }[] };
    const [first] = turns;
    expect(await ok("log", room, "coder", first?.turnId.slice(0, 12) ?? "")).toContain("Read sum.ts");
    const { code, err } = await parley(["log", room, "coder", "zzzz"]);
    expect(code).toBe(1);
    expect(err).toContain("There is no turn zzzz here");
  });

  test("gives programs turns with their entries", async () => {
    const { turns } = JSON.parse(await ok("log", room, "coder", "--last", "1", "--steps", "--json"));
    expect(turns[0].entries.map(({ type }: { type: string }) => type)).toEqual(
      expect.arrayContaining(["thinking", "plan", "tool", "tool.result", "block"]),
    );
  });

  test("finds steps by their input or result", async () => {
    const newest = await parley(["log", room, "--find", "SUM.TS", "--last", "1"]);
    expect(newest.out).toMatch(/coder Read \S{20}\n[\s\S]*sum\.ts/);
    expect(newest.err).toMatch(/^It was looked back to .*; there may be more before\.\n$/);
    expect(await ok("log", room, "--find", "no such text")).toContain("No step holds this text");
  });

  test.each([
    ["--last", "0"],
    ["--last", "101"],
    ["--last", "x"],
  ])("refuses %s %s", async (option, value) => {
    const { code, err } = await parley(["log", room, option, value]);
    expect(code).toBe(2);
    expect(err).toContain("expected a whole number from 1 to 100");
  });
});
