import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GateSeen } from "../support/parley-client.js";
import { type Ended, makeHome, type RunOptions } from "./support/cli.js";
import { runCliHere } from "./support/run-here.js";
import { eventSeen, eventsOf, openGate, openSite, roomWith, type Site } from "./support/server.js";

let site: Site;

beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.end());

const parley = (args: readonly string[], options?: RunOptions): Promise<Ended> => runCliHere(site.home, args, options);

const heldCoder = {
  name: "coder",
  runtime: "scripted",
  gate: "always",
  script: [{ match: "go", reply: "@room held:\nsecond line" }],
};
const several = [
  {
    question: "Which database?",
    header: "DB",
    multiSelect: false,
    options: [{ label: "SQLite", description: "one file" }, { label: "PostgreSQL" }],
  },
  {
    question: "Which features?",
    header: "Features",
    multiSelect: true,
    options: [{ label: "auth" }, { label: "search, fast" }, { label: "export" }],
  },
  { question: "Why now?", header: "Why", multiSelect: false, options: [] },
];
const asker = {
  name: "asker",
  runtime: "scripted",
  script: [
    {
      match: "options",
      ask: { question: "Which database?", options: ["PostgreSQL", "SQLite"] },
      reply: "@host so be it",
    },
    {
      match: "several",
      ask: { tool: "AskUserQuestion", input: { questions: several } },
      reply: "@host told: {answer}",
    },
    { match: "tool", ask: { tool: "Bash", input: { command: "rm -rf build" } }, reply: "@host tool used" },
    { match: "gate", reply: "@host GATE: May I?" },
  ],
};

async function held(): Promise<{ room: string; gate: GateSeen }> {
  const room = await roomWith(site.home, [heldCoder]);
  await parley(["send", room, "@coder go"]);
  return { room, gate: await openGate(site.home, room) };
}

async function asked(what: "options" | "tool" | "gate" | "several"): Promise<{ room: string; gate: GateSeen }> {
  const room = await roomWith(site.home, [asker]);
  await parley(["send", room, `@asker ${what}`]);
  return { room, gate: await openGate(site.home, room) };
}

const sure = (gate: GateSeen): string[] => ["--yes", "--hash", gate.hash];
const posted = async (room: string) =>
  (await eventsOf(site.home, room)).filter(({ type, from }) => type === "message.posted" && from !== "host");
const resolved = async (room: string) =>
  (await eventsOf(site.home, room)).filter(({ type }) => type === "gate.resolved");

describe("a held message", () => {
  test("is shown with its text and how to decide on it", async () => {
    const { room, gate } = await held();
    const { out } = await parley(["gates", room]);
    expect(out).toContain(`message gate ${gate.gateId} of coder → room`);
    expect(out).toContain("│ held:\n  │ second line\n");
    expect(out).toContain(`parley approve|edit|drop ${room} ${gate.gateId}`);
    expect((await parley(["gates"])).out).toContain(gate.gateId);
    expect((await parley(["gates", room, gate.gateId.slice(0, -2)])).out).toContain(gate.gateId);
    expect(JSON.parse((await parley(["gates", "--json"])).out).gates).toContainEqual(
      expect.objectContaining({ gateId: gate.gateId, room, roomId: expect.any(String) }),
    );
  });

  test("goes out as it is", async () => {
    const { room, gate } = await held();
    const done = await parley(["approve", room, gate.gateId, ...sure(gate)]);
    expect(done).toMatchObject({ code: 0, err: "" });
    expect(done.out).toMatch(/approved by host, version \d+/);
    expect(await posted(room)).toMatchObject([{ from: "coder", body: gate.body }]);
  });

  test("goes out changed, byte for byte", async () => {
    const { room, gate } = await held();
    const text = "Changed: 漢字 \u202e \u001b[31m \\ \ttab\r\n  end";
    const done = await parley(["edit", room, gate.gateId, "--body-file", "-", ...sure(gate)], { input: `${text}\n` });
    expect(done).toMatchObject({ code: 0, err: "" });
    expect(await posted(room)).toMatchObject([{ from: "coder", body: text }]);
  });

  test("an edit that is empty or changes nothing is refused", async () => {
    const { room, gate } = await held();
    const edit = (input: string) => parley(["edit", room, gate.gateId, "--body-file", "-", ...sure(gate)], { input });
    expect((await edit("\n")).err).toContain("empty; nothing was decided");
    expect((await edit(gate.body)).err).toContain("unchanged; nothing was decided");
    expect((await parley(["edit", room, gate.gateId, ...sure(gate)])).code).toBe(2);
    expect(await resolved(room)).toEqual([]);
  });

  test("is dropped with a reason that reaches the agent", async () => {
    const { room, gate } = await held();
    const done = await parley(["drop", room, "--reason", "Not yet.", ...sure(gate), "--json"]);
    expect(JSON.parse(done.out)).toMatchObject({ outcome: "dropped", by: "host", version: expect.any(Number) });
    expect(await resolved(room)).toMatchObject([{ outcome: "dropped", reason: "Not yet." }]);
    expect(await posted(room)).toEqual([]);
  });
});

describe("nothing is decided", () => {
  test("in a pipe without --yes and --hash together", async () => {
    const { room, gate } = await held();
    for (const args of [[], ["--yes"], ["--hash", gate.hash]]) {
      const refused = await parley(["approve", room, gate.gateId, ...args], { input: "y\n" });
      expect(refused).toMatchObject({ code: 2, out: "" });
      expect(refused.err).toContain("--hash");
    }
    expect(await resolved(room)).toEqual([]);
  });

  test("with the hash of something else", async () => {
    const { room, gate } = await held();
    const refused = await parley(["approve", room, gate.gateId, "--yes", "--hash", "0".repeat(64)]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("does not hold what your --hash stands for. Nothing was decided");
    expect(await resolved(room)).toEqual([]);
  });

  test("by a command that does not fit the gate", async () => {
    const { room, gate } = await held();
    const refused = await parley(["answer", room, gate.gateId, "yes", ...sure(gate)]);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("is a message gate: answer does not fit. Use approve, edit, drop.");
  });

  test("about a gate that is not there, or was decided already", async () => {
    const { room, gate } = await held();
    const wrong = await parley(["approve", room, "nonsense", ...sure(gate)]);
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain(`Open: ${gate.gateId}`);
    await parley(["approve", room, gate.gateId, ...sure(gate)]);
    const late = await parley(["approve", room, gate.gateId, ...sure(gate)]);
    expect(late.code).toBe(1);
    expect(late.err).toContain("Nothing waits for a person");
  });

  test("when two gates fit and none is named", async () => {
    const room = await roomWith(site.home, [heldCoder, { ...heldCoder, name: "second" }]);
    await parley(["send", room, "@coder @second go"]);
    await eventSeen(site.home, room, ({ type, from }) => type === "gate.opened" && from === "second");
    await eventSeen(site.home, room, ({ type, from }) => type === "gate.opened" && from === "coder");
    const gate = await openGate(site.home, room);
    const refused = await parley(["approve", room, ...sure(gate)]);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("2 gates fit; say which");
  });

  test("by a person who may not see the held text", async () => {
    const { room, gate } = await held();
    const invited = JSON.parse((await parley(["invite", "new", room, "--role", "viewer", "--json"])).out);
    const guest = await makeHome();
    const url = ["--url", site.server().url];
    await runCliHere(guest, ["join", invited.code, "--name", "vic", ...url]);
    const seen = await runCliHere(guest, ["gates", room, ...url]);
    expect(seen.out).toContain("You may not see what it holds");
    const refused = await runCliHere(guest, ["approve", room, gate.gateId, ...url, ...sure(gate)]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("You may not see what gate");
    await guest.remove();
  });

  test("by a member, who may see it but not decide", async () => {
    const { room, gate } = await held();
    const invited = JSON.parse((await parley(["invite", "new", room, "--json"])).out);
    const guest = await makeHome();
    const url = ["--url", site.server().url];
    await runCliHere(guest, ["join", invited.code, "--name", "max", ...url]);
    const refused = await runCliHere(guest, ["approve", room, gate.gateId, ...url, ...sure(gate)]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("(forbidden)");
    await guest.remove();
  });
});

describe("a question", () => {
  test("is answered in words", async () => {
    const { room, gate } = await asked("gate");
    expect(await parley(["answer", room, gate.gateId, "Yes,", "do.", ...sure(gate)])).toMatchObject({
      code: 0,
      err: "",
    });
    const answers = (await eventsOf(site.home, room)).filter(
      ({ gateId, type }) => type === "message.posted" && gateId === gate.gateId,
    );
    expect(answers).toMatchObject([{ from: "host", to: ["asker"], body: "Yes, do." }]);
  });

  test("with options is answered by number", async () => {
    const { room, gate } = await asked("options");
    expect((await parley(["gates", room, gate.gateId])).out).toMatch(/1\. PostgreSQL\n\s+2\. SQLite/);
    expect(await parley(["answer", room, gate.gateId, "2", ...sure(gate)])).toMatchObject({ code: 0, err: "" });
    expect(await resolved(room)).toMatchObject([{ outcome: "answered", body: "SQLite" }]);
    await eventSeen(site.home, room, ({ body }) => body === "so be it");
  });

  test("in a pipe needs its answer", async () => {
    const { room, gate } = await asked("gate");
    expect(await parley(["answer", room, gate.gateId, ...sure(gate)])).toMatchObject({ code: 2, out: "" });
  });
});

describe("several questions in one gate", () => {
  const told = async (room: string, text: string) => eventSeen(site.home, room, ({ body }) => body === `told: ${text}`);

  test("are shown with their options and how to name them", async () => {
    const { room, gate } = await asked("several");
    const { out } = await parley(["gates", room, gate.gateId]);
    expect(out).toContain("1. Which database?\n");
    expect(out).toContain("- SQLite: one file\n");
    expect(out).toContain("2. Which features? (more than one may be chosen)");
    expect(out).toContain("answer with --choose q1=… --choose q2=… --text q3=…");
  });

  test.each([
    [
      "by label",
      ["--choose", "q1=SQLite", "--choose", "q2=auth,export", "--text", "q3=It is due."],
      { q1: { options: ["SQLite"] }, q2: { options: ["auth", "export"] }, q3: { options: [], text: "It is due." } },
      "Which database? = SQLite; Which features? = auth, export; Why now? = It is due.",
    ],
    [
      "by number, in any order, in any case",
      ["--choose", "2=3", "--choose", "1=postgresql", "--choose", "2=1"],
      { q2: { options: ["export", "auth"] }, q1: { options: ["PostgreSQL"] } },
      "Which database? = PostgreSQL; Which features? = export, auth",
    ],
    [
      "with a comma in a label, and words beside it",
      ["--choose", "q2=search, fast", "--text", "q2=and soon = now"],
      { q2: { options: ["search, fast"], text: "and soon = now" } },
      "Which features? = search, fast (and soon = now)",
    ],
  ])("are answered %s", async (_how, args, choices, text) => {
    const { room, gate } = await asked("several");
    expect(await parley(["answer", room, gate.gateId, ...args, ...sure(gate)])).toMatchObject({ code: 0, err: "" });
    expect(await resolved(room)).toMatchObject([{ outcome: "answered", choices }]);
    await told(room, text);
  });

  test("are answered by words that name none of them", async () => {
    const { room, gate } = await asked("several");
    await parley(["answer", room, gate.gateId, "SQLite", ...sure(gate)]);
    expect((await resolved(room))[0]).toMatchObject({ body: "SQLite" });
    await told(room, "SQLite");
  });

  test.each([
    ["no question", ["--choose", "SQLite"], "names no question"],
    ["an unknown question", ["--choose", "q4=SQLite"], "There is no question “q4”; there is q1, q2, q3."],
    ["an unknown option", ["--choose", "q1=SQLit"], "is not an option of question q1; it has “SQLite”, “PostgreSQL”."],
    ["two options where one is asked for", ["--choose", "q1=1", "--choose", "q1=2"], "Question q1 takes one option."],
    ["an option of a question without any", ["--choose", "q3=1"], "“1” is not an option of question q3; it has none."],
  ])("refuse %s", async (_what, args, words) => {
    const { room, gate } = await asked("several");
    const refused = await parley(["answer", room, gate.gateId, ...args, ...sure(gate)]);
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.err).toContain(words);
    expect(await resolved(room)).toEqual([]);
  });

  test("stand with their answers in the terminal log and in both exports", async () => {
    const { room, gate } = await asked("several");
    await parley(["answer", room, gate.gateId, "--choose", "q1=SQLite", "--choose", "q2=1", ...sure(gate)]);
    const answer = ["Which database? SQLite", "Which features? auth"];
    const { out } = await parley(["watch", room, "--no-follow"]);
    for (const line of ["2. Which features?", ...answer]) expect(out).toContain(line);
    const markdown = (await parley(["export", room, "--format", "md"])).out;
    for (const line of ["> 1. Which database?", ...answer.map((one) => `> ${one}`)]) expect(markdown).toContain(line);
    const events = (await parley(["export", room])).out.split("\n").filter((line) => line.includes('"gate.resolved"'));
    expect(JSON.parse(events[0] ?? "")).toMatchObject({
      body: answer.join("\n"),
      choices: { q1: { options: ["SQLite"] }, q2: { options: ["auth"] } },
    });
  });
});

describe("a tool", () => {
  test("is allowed, for the session if wanted", async () => {
    const { room, gate } = await asked("tool");
    expect((await parley(["gates", room])).out).toContain(`parley allow|deny|edit ${room}`);
    expect(await parley(["allow", room, "--remember", ...sure(gate)])).toMatchObject({ code: 0, err: "" });
    expect(await resolved(room)).toMatchObject([{ outcome: "allowed", remember: "session" }]);
    await eventSeen(site.home, room, ({ body }) => body === "tool used");
  });

  test("is allowed with another input", async () => {
    const { room, gate } = await asked("tool");
    await writeFile(join(site.home.folder, "input.json"), '{"command":"ls build"}\n');
    expect(await parley(["edit", room, "--body-file", "input.json", ...sure(gate)])).toMatchObject({
      code: 0,
      err: "",
    });
    expect(await resolved(room)).toMatchObject([{ outcome: "allowed", body: '{"command":"ls build"}' }]);
  });

  test("is denied with a reason", async () => {
    const { room, gate } = await asked("tool");
    expect(await parley(["deny", room, "--reason", "No.", ...sure(gate)])).toMatchObject({ code: 0, err: "" });
    expect(await resolved(room)).toMatchObject([{ outcome: "denied", reason: "No." }]);
  });
});

describe("the loop guard", () => {
  const pair = [
    { name: "ann", runtime: "scripted", script: [{ match: "x", reply: "@bob: x" }] },
    { name: "bob", runtime: "scripted", script: [{ match: "x", reply: "@ann x" }] },
  ];

  test("lets agents continue, or stops them", async () => {
    const room = await roomWith(site.home, pair, { loopGuard: { maxHops: 2 } });
    await parley(["send", room, "@ann x"]);
    const gate = await openGate(site.home, room);
    expect(gate.kind).toBe("continue");
    expect(await parley(["continue", room, ...sure(gate)])).toMatchObject({ code: 0, err: "" });
    const again = await openGate(site.home, room);
    expect(await parley(["drop", room, ...sure(again)])).toMatchObject({ code: 0, err: "" });
    expect(await resolved(room)).toMatchObject([{ outcome: "continued" }, { outcome: "stopped" }]);
  });
});
