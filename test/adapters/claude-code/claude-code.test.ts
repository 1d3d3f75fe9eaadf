import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { ClaudeCodeRole } from "../../../adapters/claude-code/options.js";
import { createManualClock } from "../../../adapters/memory/clock.js";
import { createMemoryLogger } from "../../../adapters/memory/logger.js";
import { createSystemClock } from "../../../adapters/memory/system-clock.js";
import { createProcessSandboxes } from "../../../adapters/process/sandboxes.js";
import { PortError } from "../../../src/ports/port-error.js";
import type { SandboxSpec } from "../../../src/ports/sandboxes.js";
import { ASKED, allow, deny } from "../../contract/agent-driver.js";
import type { listen } from "../../contract/agent-listener.js";
import { findClaudeCode } from "../../support/programs.js";
import { needsClaudeCode } from "../../support/require.js";
import { askThese, commands, use } from "./support/obedient-model.js";
import { createRigs } from "./support/opened.js";
import { plainRole, token } from "./support/rig.js";

const rigs = createRigs();
afterEach(() => rigs.stop());

const { open, make } = rigs;
const withTools = (tools: Partial<ClaudeCodeRole["tools"]>) => ({
  more: { roleOf: () => ({ ...plainRole, tools: { ...plainRole.tools, ...tools } }) },
});

needsClaudeCode()("what a person decides", () => {
  test("the reason of a refusal reaches the model unchanged", async () => {
    const rig = await make();
    const { agent, listener, tell } = await open(rig);
    await tell(commands.askTool());
    await agent.answer((await listener.nth("ask", 1)).requestId, deny);
    await listener.nth("turnEnded", 1);
    const results = rig.emulator.requests.messages().at(-1)?.input?.results;
    expect(results).toMatchObject([{ text: deny.message, isError: true }]);
    expect(listener.all("tool").at(-1)).toMatchObject({ phase: "failed", summary: `make test: ${deny.message}` });
  });

  test("runs an edited input", async () => {
    const rig = await make();
    const { agent, listener, tell, sessionId } = await open(rig);
    await tell(commands.askTool());
    const { requestId } = await listener.nth("ask", 1);
    const input = { command: "echo edited > edited.txt" };
    await agent.answer(requestId, { kind: "allow", input, remember: false });
    await listener.nth("turnEnded", 1);
    const { work } = rig.folderOf({ name: "coder", sessionId });
    expect(await readFile(join(work, "edited.txt"), "utf8")).toBe("edited\n");
  });

  test("a permission for the session covers only the requested use", async () => {
    const { agent, listener, tell } = await open(await make());
    await tell(commands.askTool());
    await agent.answer((await listener.nth("ask", 1)).requestId, { ...allow, remember: true });
    await listener.nth("turnEnded", 1);
    await tell(use("Bash", { command: "touch other.txt" }));
    expect(await listener.nth("ask", 2)).toMatchObject({ input: { command: "touch other.txt" } });
  });

  test("an answer without the name of its question answers it", async () => {
    const { agent, listener, tell } = await open(await make());
    await tell(commands.askQuestion());
    const { requestId, options } = await listener.nth("ask", 1);
    expect(options?.[0]).toEqual({ label: "json", description: "as json" });
    await agent.answer(requestId, { kind: "answer", answers: { "": "neither, use yaml" } });
    await listener.says(`${ASKED.whenAnswered}neither, use yaml`);
  });
});

needsClaudeCode()("several questions in one", () => {
  const optionsOf = (...labels: string[]) => labels.map((label) => ({ label, description: `takes ${label}` }));
  const database = {
    question: "Which DB?",
    header: "DB",
    multiSelect: false,
    options: optionsOf("SQLite", "Postgres"),
  };
  const port = { question: "Which port?", header: "Port", multiSelect: false, options: optionsOf("80", "8080") };
  const features = {
    question: "Which features?",
    header: "Features",
    multiSelect: true,
    options: optionsOf("auth", "search, fast", "export"),
  };

  async function asked(...questions: object[]) {
    const session = await open(await make());
    await session.tell(askThese(questions));
    return { ...session, ask: await session.listener.nth("ask", 1) };
  }

  const done = "You can now continue with these answers in mind.";
  const read =
    "Read the answers carefully — they may request clarification, changes, or that you not proceed — and follow what they actually say.";

  test("are asked as one, each with its options", async () => {
    const { ask } = await asked(database, features);
    expect(ask).toMatchObject({ askKind: "question", title: "Which DB? / Which features?" });
    expect(ask.questions).toEqual([
      { id: "q1", text: "Which DB?", options: database.options, multiple: false, freeText: true },
      { id: "q2", text: "Which features?", options: features.options, multiple: true, freeText: true },
    ]);
  });

  test.each([
    [
      "one option and several",
      { q1: { options: ["SQLite"] }, q2: { options: ["auth", "export"] } },
      `Your questions have been answered: "Which DB?"="SQLite", "Which features?"="auth, export". ${done}`,
    ],
    [
      "labels with a comma in them",
      { q1: { options: ["Postgres"] }, q2: { options: ["auth", "search, fast"] } },
      `Your questions have been answered: "Which DB?"="Postgres", "Which features?"="auth, "search, fast"". ${done}`,
    ],
    [
      "words in the place of an option",
      { q1: { options: [], text: "neither, a file" }, q2: { options: ["auth"] } },
      `The user answered: "Which DB?"="neither, a file", "Which features?"="auth". ${read}`,
    ],
    [
      "words beside an option",
      { q1: { options: ["SQLite"], text: "for now" }, q2: { options: ["export"] } },
      `"Which DB?"="SQLite" notes: for now, "Which features?"="export"`,
    ],
    [
      "one of them alone",
      { q2: { options: ["auth"] } },
      `Your questions have been answered: "Which features?"="auth". ${done}`,
    ],
  ])("are answered by %s", async (_how, choices, told) => {
    const { agent, listener, ask } = await asked(database, features);
    await agent.answer(ask.requestId, { kind: "answer", answers: {}, choices });
    await listener.nth("turnEnded", 1);
    expect(listener.texts().join()).toContain(`told: `);
    expect(listener.texts().join()).toContain(told);
  });

  test("put no answer without a name into the mouth of each question", async () => {
    const { agent, listener, ask } = await asked(database, port);
    await agent.answer(ask.requestId, { kind: "answer", answers: { "": "SQLite" } });
    await listener.nth("turnEnded", 1);
    expect(listener.texts().join()).toBe("told: The user responded: SQLite");
  });

  test("pass on words without a name beside what was chosen", async () => {
    const { agent, listener, ask } = await asked(database, port);
    const choices = { q2: { options: ["8080"] } };
    await agent.answer(ask.requestId, { kind: "answer", answers: { "": "ask me later about the rest" }, choices });
    await listener.nth("turnEnded", 1);
    const told = listener.texts().join();
    expect(told).toContain(`The user responded: "Which port?"="8080"\nask me later about the rest`);
    expect(told).not.toContain("Which DB?");
  });

  test("are answered by the text of a question, as a program may", async () => {
    const { agent, listener, ask } = await asked(database, port);
    await agent.answer(ask.requestId, { kind: "answer", answers: { "Which port?": "80" } });
    await listener.nth("turnEnded", 1);
    expect(listener.texts().join()).toContain(`answered: "Which port?"="80".`);
  });

  test("keep several options of a lone question", async () => {
    const { agent, listener, ask } = await asked(features);
    expect(ask.questions).toMatchObject([{ id: "q1", multiple: true }]);
    await agent.answer(ask.requestId, {
      kind: "answer",
      answers: {},
      choices: { q1: { options: ["export", "auth"] } },
    });
    await listener.nth("turnEnded", 1);
    expect(listener.texts().join()).toContain(`"Which features?"="export, auth"`);
  });
});

needsClaudeCode()("a running turn", () => {
  test("is steered between two tools", async () => {
    const { agent, listener, tell } = await open(await make());
    await tell(commands.askTool());
    const { requestId } = await listener.nth("ask", 1);
    await tell(commands.say("another plan"), { class: "interrupt" });
    await agent.answer(requestId, allow);
    await listener.nth("turnEnded", 1);
    expect(listener.texts()).toEqual(["another plan"]);
    expect(listener.all("turnEnded")).toHaveLength(1);
  });

  test("that writes a text takes an interrupting message when it is through, within the same turn", async () => {
    const { listener, tell } = await open(await make());
    const long = "one word after another, slowly, so that somebody can break in before it ends at last";
    await tell(commands.stream(long));
    await listener.nth("delta", 2);
    await tell(commands.say("and this"), { class: "interrupt" });
    await listener.nth("turnEnded", 1);
    expect(listener.texts()).toEqual([long, "and this"]);
    expect(listener.heard.at(-1)).toEqual({ kind: "turnEnded", outcome: "done" });
  });

  test("is stopped in the middle of a tool, which ends too", async () => {
    const rig = await make(withTools({ autoAllow: ["Bash"] }));
    const { agent, listener, tell, sessionId } = await open(rig);
    await tell(use("Bash", { command: "touch begun; for i in 1 2 3 4 5 6 7 8 9; do sleep 1; done; touch finished" }));
    await listener.nth("tool", 1);
    const { work } = rig.folderOf({ name: "coder", sessionId });
    await expect.poll(() => existsSync(join(work, "begun")), { timeout: 5_000 }).toBe(true);
    await agent.interrupt();
    expect((await listener.nth("turnEnded", 1)).outcome).toBe("cancelled");
    expect(listener.all("tool").at(-1)?.phase).toBe("failed");
    await tell(commands.say("next"));
    await listener.nth("turnEnded", 2);
    expect(listener.texts()).toEqual(["next"]);
    expect(existsSync(join(work, "finished"))).toBe(false);
  });

  test.each([0, 1, 5, 20, 80])("is stopped also %i ms after it was handed over", async (delayMs) => {
    const { agent, listener, tell } = await open(await make());
    await tell(commands.hang());
    await new Promise((resolve) => (delayMs === 0 ? setImmediate(resolve) : setTimeout(resolve, delayMs)));
    await agent.interrupt();
    expect((await listener.nth("turnEnded", 1)).outcome).toBe("cancelled");
    await tell(commands.say("next"));
    await listener.nth("turnEnded", 2);
    expect(listener.texts()).toEqual(["next"]);
  });

  test("says nothing of a text that was cut off", async () => {
    const { agent, listener, tell } = await open(await make());
    await tell(commands.stream(`@room ${"and so on ".repeat(200)}`));
    await listener.nth("delta", 3);
    await agent.interrupt();
    await listener.nth("turnEnded", 1);
    expect(listener.texts()).toEqual([]);
  });
});

needsClaudeCode()("a process that dies in the middle of a turn", () => {
  test("takes its session along: told again it answers, and nothing is said twice", async () => {
    const rig = await make();
    const first = await open(rig);
    await first.tell(commands.say("before"));
    await first.listener.nth("turnEnded", 1);
    const id = await first.tell(commands.askTool());
    await first.listener.nth("ask", 1);
    await rig.kill();
    const outcome = await first.listener.outcome;
    expect(outcome).toEqual({ thrown: expect.objectContaining({ code: "died", retryable: true }) });
    expect(String(outcome !== "ended" && outcome.thrown)).toContain("goes on with the next turn");

    const second = await open(rig, { sessionId: first.sessionId });
    await second.tell(commands.askTool(), { id });
    await second.agent.answer((await second.listener.nth("ask", 1)).requestId, allow);
    expect((await second.listener.nth("turnEnded", 1)).outcome).toBe("done");
    const said = [...first.listener.texts(), ...second.listener.texts()];
    expect(said).toEqual(["before", ASKED.whenAllowed]);
    const lastPrompt = JSON.stringify(rig.emulator.requests.messages().at(-1)?.body);
    expect(lastPrompt).toContain("say before");
  });

  test("with a router that restarts: the old process is ended, and the session continues in a new one", async () => {
    const rig = await make();
    const first = await open(rig);
    const id = await first.tell(commands.askTool());
    await first.listener.nth("ask", 1);
    const restarted = await rig.restart();
    expect(await restarted.agents.list()).toEqual([
      { roomId: "r1", name: "coder", sessionId: first.sessionId, running: true },
    ]);
    const second = await open(restarted, { sessionId: first.sessionId });
    await second.tell(commands.askTool(), { id });
    await second.agent.answer((await second.listener.nth("ask", 1)).requestId, allow);
    await second.listener.says(ASKED.whenAllowed);
    expect(await restarted.sandboxes.list()).toHaveLength(1);
    expect(await first.listener.outcome).toEqual({ thrown: expect.any(PortError) });
  });

  test("before it has written a whole line: the transcript is put aside, and the session starts over", async () => {
    const rig = await make();
    const sessionId = "6a1f3a52-9f0e-4c7d-a111-0123456789ab";
    const { home, work } = rig.folderOf({ name: "coder", sessionId });
    const folder = join(home, ".claude", "projects", work.replaceAll("/", "-"));
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${sessionId}.jsonl`), '{"type":"user","mess');
    const { listener, tell } = await open(rig, { sessionId });
    await tell(commands.say("fresh"));
    await listener.says("fresh");
    expect(existsSync(join(folder, `${sessionId}.jsonl.unreadable`))).toBe(true);
    expect(rig.logger.records.map(({ message }) => message).join()).toContain("put aside");
  });
});

needsClaudeCode()("a process that does not start", () => {
  test("is refused with the reason where Claude Code is not there, and says nothing secret", async () => {
    const script = `echo "cannot run with ANTHROPIC_API_KEY=$ANTHROPIC_API_KEY" >&2; exit 127`;
    const rig = await make({ more: { command: ["sh", "-c", script] } });
    const thrown: unknown = await open(rig).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: "refused", retryable: false });
    expect(String(thrown)).toContain("exit code 127");
    expect(String(thrown)).toContain("cannot run with ANTHROPIC_API_KEY=(token)");
    expect(JSON.stringify(rig.logger.records)).not.toContain(token);
    expect(await rig.sandboxes.list()).toEqual([]);
  });

  test("may be tried again where it only crashed, or did not answer in time", async () => {
    const crashing = await make({ more: { command: ["sh", "-c", "echo out of luck >&2; exit 1"] } });
    await expect(open(crashing)).rejects.toMatchObject({ retryable: true, message: expect.stringContaining("luck") });
    const silent = await make({ more: { command: ["sh", "-c", "exec sleep 100"], startTimeoutMs: 300 } });
    await expect(open(silent)).rejects.toMatchObject({ code: "timeout", retryable: true });
    expect(await silent.sandboxes.list()).toEqual([]);
  });

  test("waits for its sandbox as long as that takes: an image may have to be made first", async () => {
    const clock = createManualClock(0);
    const dir = await mkdtemp(join(tmpdir(), "pc-slow-"));
    let isMade = () => {};
    const making = new Promise<void>((resolve) => {
      isMade = resolve;
    });
    let ask = () => {};
    const isAsked = new Promise<void>((resolve) => {
      ask = resolve;
    });
    const openSandboxes = () => {
      const path = process.env.PATH ?? "";
      const sandboxes = createProcessSandboxes({ dir, path, clock: createSystemClock(), logger: createMemoryLogger() });
      const start = async (spec: SandboxSpec) => {
        ask();
        await making;
        return sandboxes.start(spec);
      };
      return { ...sandboxes, start };
    };
    const rig = await make({ openSandboxes, command: [findClaudeCode() ?? "claude"], more: { clock } });
    const opening = open(rig);
    await isAsked;
    await new Promise<void>((resolve) => setImmediate(resolve));
    clock.advance(600_000);
    isMade();
    const { listener, tell } = await opening;
    await tell(commands.say("here at last"));
    await listener.says("here at last");
    await rigs.stop();
    await rm(dir, { recursive: true, force: true });
  });

  test("for a role that does not exist is refused", async () => {
    const rig = await make({ more: { roleOf: () => undefined } });
    await expect(open(rig)).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining("no role coder"),
    });
  });
});

needsClaudeCode()("usage", () => {
  test("matches the API's count, also after a resume", async () => {
    const rig = await make();
    const spent = (listener: ReturnType<typeof listen>) =>
      listener.all("usage").map(({ outputTokens, cacheWriteTokens }) => [outputTokens, cacheWriteTokens]);
    const counted = () =>
      rig.emulator.requests.messages().map(({ usage }) => [usage?.output_tokens, usage?.cache_creation_input_tokens]);
    const first = await open(rig);
    await first.tell(commands.say("one"));
    await first.listener.nth("turnEnded", 1);
    await first.tell(commands.say("two and three"));
    await first.listener.nth("turnEnded", 2);
    await first.agent.close({ graceful: true });
    const second = await open(rig, { sessionId: first.sessionId });
    await second.tell(commands.say("four"));
    await second.listener.nth("turnEnded", 1);
    expect([...spent(first.listener), ...spent(second.listener)]).toEqual(counted());
    expect(second.listener.all("usage")[0]?.usd).toBeGreaterThan(0);
  });

  test("is not reported if it is metered elsewhere", async () => {
    const rig = await make({ more: { reportsUsage: false } });
    const { listener, tell } = await open(rig);
    await tell(commands.say("one"));
    await listener.nth("turnEnded", 1);
    expect(listener.all("usage")).toEqual([]);
    expect(rig.gateway.used).toHaveLength(1);
  });
});

needsClaudeCode()("an idle agent", () => {
  test("is frozen after a while, wakes for a message and can be closed in its sleep", async () => {
    const rig = await make({ more: { idlePauseMs: 200 } });
    const { agent, listener, tell } = await open(rig);
    const isPaused = async () => (await rig.sandboxes.list())[0]?.state;
    await expect.poll(isPaused, { timeout: 20_000 }).toBe("paused");
    await tell(commands.say("awake"));
    await listener.says("awake");
    await listener.nth("turnEnded", 1);
    await expect.poll(isPaused, { timeout: 20_000 }).toBe("paused");
    await agent.close({ graceful: true });
    expect(await listener.outcome).toBe("ended");
  });

  test("is not frozen while it waits for a person", async () => {
    const rig = await make({ more: { idlePauseMs: 200 } });
    const { agent, listener, tell } = await open(rig);
    await tell(commands.askTool());
    const { requestId } = await listener.nth("ask", 1);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await rig.sandboxes.list()).toMatchObject([{ state: "running" }]);
    await agent.answer(requestId, allow);
    await listener.says(ASKED.whenAllowed);
  });
});
