import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import type { Script, Step } from "../emulators/anthropic/script.js";
import { type ClaudeParley, startClaudeParley } from "../support/claude-parley.js";
import { eventually, type GateSeen, type LoggedEvent } from "../support/parley-client.js";
import { needsDocker } from "../support/require.js";

/** Like a real model it never repeats a text or a question, so any repeated delivery would show. */
function inventive(): Script {
  let calls = 0;
  const next = (step: Step): Step => {
    calls += 1;
    return { ...step, ...(step.text !== undefined && { text: `${step.text} (${calls})` }) };
  };
  return ({ step, prompt, results }) => {
    if (prompt.includes("hurry")) return next({ text: "@mia hurried." });
    if (step > 0) return next({ text: `@mia done: ${results.at(-1)?.text.trim()}` });
    if (prompt.includes("slowly")) return next({ text: "@mia I have thought about it.", chunkMs: 400, chunkChars: 4 });
    const seconds = prompt.includes("at length") ? 6 : 0;
    const command = `sleep ${seconds}; echo run >> runs; wc -l < runs # ${calls}`;
    return next({ text: "@mia I begin.", tools: [{ tool: "Bash", input: { command } }] });
  };
}

needsDocker()("an agent at work during a restart of Parley", () => {
  let parley: ClaudeParley;

  beforeEach(async () => {
    await ensureBuilt();
    parley = await startClaudeParley({ script: inventive(), agents: [{ name: "coder" }] });
  }, 120_000);
  afterEach(() => parley?.stop(), 60_000);

  const of = (seen: LoggedEvent[], wanted: string) => seen.filter(({ type }) => type === wanted);
  const firstGate = async () =>
    (await eventually(parley.openGates, (gates) => gates.length > 0, 60_000))[0] as GateSeen;
  const untilEnded = () => eventually(parley.events, (seen) => of(seen, "turn.ended").length > 0, 60_000);
  /** If Parley is down for longer than Claude Code retries its model, the turn is lost, and delivered again. */
  const untilDone = () =>
    eventually(
      async () => {
        for (const gate of await parley.openGates()) await parley.decide(gate, { action: "allow" });
        return parley.events();
      },
      (seen) => of(seen, "turn.ended").some(({ outcome }) => outcome === "done"),
      60_000,
    );
  const asked = async () => parley.model.requests.messages().length;
  const said = (seen: LoggedEvent[]) =>
    of(seen, "message.posted").flatMap(({ from, body }) => (from === "coder" ? [body] : []));

  /** One turn, in which everything happened once. */
  function expectOneTurn(seen: LoggedEvent[], messages: unknown[]): void {
    expect(of(seen, "turn.ended").map(({ outcome }) => outcome)).toEqual(["done"]);
    expect(of(seen, "turn.started")).toHaveLength(1);
    expect(said(seen)).toEqual(messages);
    expect(of(seen, "gate.opened").length).toBe(of(seen, "gate.resolved").length);
    expect(of(seen, "notice.posted")).toEqual([]);
  }

  test.each(["SIGKILL", "SIGTERM"] as const)(
    "that waits for a permission keeps waiting through %s, and continues when it gets it",
    async (signal) => {
      await parley.say("@coder please begin");
      const gate = await firstGate();
      const container = await parley.container();
      const { server: before } = parley;
      await parley.restart({ signal });
      const isTold = before.output().includes("1 agent waits for a person and runs on: the next start takes it over.");
      expect(isTold).toBe(signal === "SIGTERM");
      expect((await parley.decide(gate, { action: "allow" })).status).toBe(200);
      const seen = await untilEnded();
      expectOneTurn(seen, ["I begin. (1)", "done: 1 (2)"]);
      expect(of(seen, "gate.opened").map(({ gateId }) => gateId)).toEqual([gate.gateId]);
      expect(await parley.container()).toBe(container);
      // And with the next turn as ever.
      await parley.say("@coder once more");
      await parley.decide(await firstGate(), { action: "allow" });
      await eventually(parley.events, (all) => said(all).includes("done: 2 (4)"), 60_000);
    },
    180_000,
  );

  test("that runs a command it was allowed runs it once, and hears once what reached it meanwhile", async () => {
    await parley.say("@coder please begin, at length");
    await parley.decide(await firstGate(), { action: "allow" });
    await eventually(parley.events, (seen) => of(seen, "gate.resolved").length > 0);
    await parley.post("messages", { body: "@coder hurry", class: "interrupt" });
    await eventually(parley.events, (seen) => of(seen, "turn.steered").length > 0);
    await parley.restart();
    expectOneTurn(await untilEnded(), ["I begin. (1)", "hurried. (2)"]);
  }, 180_000);

  test("whose model is answering is answered again", async () => {
    await parley.say("@coder slowly");
    await eventually(
      async () => parley.model.requests.messages().length,
      (count) => count > 0,
      60_000,
    );
    await parley.restart();
    expect(said(await untilDone())).toEqual([expect.stringMatching(/^I have thought about it\. \(\d\)$/)]);
  }, 180_000);

  test("that gets its model answer at that moment posts it once", async () => {
    await parley.say("@coder please begin");
    await parley.decide(await firstGate(), { action: "allow" });
    await eventually(asked, (count) => count >= 2, 60_000);
    await parley.restart();
    expect(said(await untilDone()).filter((text) => String(text).startsWith("done"))).toHaveLength(1);
  }, 180_000);

  test("with a model that was unreachable for longer than it retries gets its messages again", async () => {
    await parley.say("@coder slowly");
    await eventually(asked, (count) => count > 0, 60_000);
    // Claude Code gives up after four more tries, within 8 s.
    await parley.restart({ meanwhile: () => pause(15_000) });
    const seen = await untilDone();
    expect(of(seen, "turn.ended").map(({ outcome }) => outcome)).toEqual(["lost", "done"]);
    expect(said(seen)).toEqual(["I have thought about it. (2)"]);
  }, 180_000);
});
