import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { findClaudeCode } from "../../support/programs.js";
import { needsClaudeCode } from "../../support/require.js";
import { type ClaudeOptions, type ClaudeProcess, launchHere, startClaude } from "./claude-process.js";
import { coderAndReviewer } from "./scripts/coder-reviewer.js";
import { type AnthropicEmulator, type EmulatorOptions, startAnthropicEmulator } from "./server.js";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "claude-"));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

const startEmulator = async (options: EmulatorOptions = {}): Promise<AnthropicEmulator> => {
  const emulator = await startAnthropicEmulator(options);
  closing.push(() => emulator.stop());
  return emulator;
};

const openAgent = async (
  emulator: AnthropicEmulator,
  options: Partial<ClaudeOptions> = {},
): Promise<ClaudeProcess & { readonly cwd: string }> => {
  const folder = await newFolder();
  const binary = findClaudeCode() ?? "claude";
  const agent = startClaude({ launch: launchHere({ binary, folder }), emulator, ...options });
  closing.push(() => agent.end());
  return { ...agent, cwd: join(folder, "work") };
};

/** Nothing the CLI sent was refused. */
const expectNoRefusals = (emulator: AnthropicEmulator): void => {
  const refusals = emulator.requests.all.flatMap((record) => record.refusal ?? []);
  expect(refusals).toEqual([]);
};

const bash = (command: string): string =>
  JSON.stringify({ tool: "Bash", input: { command, description: "for the test" } });

needsClaudeCode()("Claude Code against the emulator", () => {
  test("plays a plain turn; usage and the key arrive", async () => {
    const emulator = await startEmulator();
    const agent = await openAgent(emulator);
    const { text, result } = await agent.turn('Please @@[{"thinking":"hm","text":"hello room"}]');
    expect(text).toBe("hello room");
    expect(result).toMatchObject({ subtype: "success", is_error: false });
    const [record] = emulator.requests.messages();
    expect(record).toMatchObject({ credential: { kind: "x-api-key", value: "sk-ant-emulator" }, outcome: "completed" });
    const { usage: used } = result as { usage?: Record<string, number> };
    expect(used).toMatchObject({ ...record?.usage });
    expect(used?.cache_creation_input_tokens).toBeGreaterThan(1_000);
    expect(await agent.end()).toBe(0);
    expectNoRefusals(emulator);
  });

  test("plays a tool turn with text before the call, and the next turn reads the cache", async () => {
    const emulator = await startEmulator();
    const agent = await openAgent(emulator);
    const first = { text: "looking", tool: "Bash", input: { command: "echo found-$((40+2))", description: "look" } };
    const { text } = await agent.turn(`Go @@[${JSON.stringify(first)},{"text":"fin"}]`);
    expect(text).toBe("looking\nfin");
    expect(emulator.requests.messages()[1]?.input).toMatchObject({
      step: 1,
      results: [{ tool: "Bash", text: "found-42", isError: false }],
    });
    expect(emulator.requests.messages()[1]?.usage?.cache_read_input_tokens).toBeGreaterThan(1_000);
    expect(agent.asks).toEqual([]);
    expectNoRefusals(emulator);
  });

  test("asks over stdio for what changes things: allowed, allowed otherwise, denied", async () => {
    const emulator = await startEmulator();
    const agent = await openAgent(emulator, {
      decide: ({ input }) => {
        if (String(input.command).includes("no.txt")) return { behavior: "deny", message: "the owner said no" };
        return { behavior: "allow", updatedInput: { ...input, command: "echo changed > yes.txt; cat yes.txt" } };
      },
    });
    await agent.turn(`Go @@[${bash("touch yes.txt")},${bash("touch no.txt")},{"text":"fin"}]`);
    expect(agent.asks.map((ask) => [ask.tool, ask.input.command])).toEqual([
      ["Bash", "touch yes.txt"],
      ["Bash", "touch no.txt"],
    ]);
    expect(emulator.requests.messages().at(-1)?.input?.results).toMatchObject([
      { text: "changed", isError: false },
      { text: "the owner said no", isError: true },
    ]);
    expect(await readFile(join(agent.cwd, "yes.txt"), "utf8")).toBe("changed\n");
    expect(existsSync(join(agent.cwd, "no.txt"))).toBe(false);
    expectNoRefusals(emulator);
  });

  test("a message sent into a running turn is the prompt the script sees next", async () => {
    const emulator = await startEmulator();
    const agent = await openAgent(emulator, {
      decide: ({ input }) => {
        agent.say('[mia] rather this @@[{"text":"steered"}]');
        return { behavior: "allow", updatedInput: input };
      },
    });
    expect((await agent.turn(`Go @@[${bash("touch a.txt")},{"text":"not steered"}]`)).text).toBe("steered");
    const steered = emulator.requests.messages().at(-1)?.input;
    expect(steered).toMatchObject({ step: 0, prompt: expect.stringContaining("[mia] rather this") });
    expectNoRefusals(emulator);
  });

  test("works over a Unix socket", async () => {
    const emulator = await startEmulator({ socketPath: join(await newFolder(), "api.sock") });
    const agent = await openAgent(emulator);
    expect((await agent.turn('@@[{"text":"through the socket"}]')).text).toBe("through the socket");
    expectNoRefusals(emulator);
  });

  test.each(["claude-sonnet-5", "claude-haiku-4-5-20251001"])("its requests for %s are valid too", async (model) => {
    const emulator = await startEmulator();
    const agent = await openAgent(emulator, { model });
    const call = { tool: "Bash", input: { command: "pwd", description: "look" } };
    const { text } = await agent.turn(`Go @@[${JSON.stringify(call)},{"text":"fin"}]`);
    expect(text).toBe("fin");
    expectNoRefusals(emulator);
  });

  test.each([
    ["a 529", '{"status":529}'],
    ["a cut stream", '{"cut":"mid"}'],
    ["a reset", '{"cut":"reset"}'],
    ["an SSE error", '{"sseError":"overloaded_error"}'],
  ])("recovers from %s without the user noticing", async (_, fault) => {
    const emulator = await startEmulator();
    const agent = await openAgent(emulator);
    const { text, result } = await agent.turn(`Go @@[${fault},{"text":"here is the whole answer after all"}]`);
    expect([text, result.is_error]).toEqual(["here is the whole answer after all", false]);
    expect(emulator.requests.messages().map((record) => record.outcome)).toEqual(["faulted", "completed"]);
  });

  test.each([402, 403])("gives up at once on a %i and serves the next turn", async (status) => {
    const emulator = await startEmulator();
    const agent = await openAgent(emulator);
    const { result } = await agent.turn(`Go @@[{"status":${status}}]`);
    expect(result).toMatchObject({ is_error: true, api_error_status: status });
    expect(emulator.requests.messages()).toHaveLength(1);
    expect((await agent.turn('@@[{"text":"still here"}]')).text).toBe("still here");
  });

  test("coder and reviewer play their session, a person choosing the greeting", async () => {
    const emulator = await startEmulator({ script: coderAndReviewer });
    const decide: ClaudeOptions["decide"] = ({ tool, input }) => {
      if (tool !== "AskUserQuestion") return { behavior: "allow", updatedInput: input };
      return { behavior: "allow", updatedInput: { ...input, answers: { "How should the script greet?": "Good day" } } };
    };
    const coder = await openAgent(emulator, { role: "Your name is coder.", decide });
    const reviewer = await openAgent(emulator, { role: "Your name is reviewer.", decide });
    const framed = (from: string, body: string): string =>
      `[from ${from} to you | m:0a0a0a0a]\n${body}\n[end m:0a0a0a0a]`;

    const request = (await coder.turn(framed("mia", "@coder please write a greeting script"))).text;
    expect(request).toContain("@reviewer REVIEW_REQUEST:");
    expect(request).toContain("Good day, world");
    const feedback = (await reviewer.turn(framed("coder", request))).text;
    expect(feedback).toContain("@coder REVIEW_FEEDBACK:");
    const again = (await coder.turn(framed("reviewer", feedback))).text;
    expect(again).toContain("set -eu");
    const approved = (await reviewer.turn(framed("coder", again))).text;
    expect(approved).toContain("@coder APPROVED:");
    expect((await coder.turn(framed("reviewer", approved))).text).toContain("@room DONE:");
    expect(await readFile(join(coder.cwd, "greet.sh"), "utf8")).toBe('#!/bin/sh\nset -eu\necho "Good day, $1"\n');
    expect(new Set(coder.asks.map((entry) => entry.tool))).toEqual(new Set(["AskUserQuestion", "Write", "Bash"]));
    expectNoRefusals(emulator);
  });

  test("a coder that is refused a tool says so to the room", async () => {
    const emulator = await startEmulator({ script: coderAndReviewer });
    const decide: ClaudeOptions["decide"] = ({ tool, input }) =>
      tool === "Write" ? { behavior: "deny", message: "not today" } : { behavior: "allow", updatedInput: input };
    const coder = await openAgent(emulator, { role: "Your name is coder.", decide });
    const { text } = await coder.turn("please write a greeting script");
    expect(text).toContain("@room NOTIFY: I stopped, Write did not work: not today");
  });
});
