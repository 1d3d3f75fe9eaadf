import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import { coderAndReviewer } from "../emulators/anthropic/scripts/coder-reviewer.js";
import { type ClaudeParley, docker, realKey, startClaudeParley } from "../support/claude-parley.js";
import { eventually, type LoggedEvent } from "../support/parley-client.js";
import { needsDocker } from "../support/require.js";

const task = "@coder please make a script that greets, and have it reviewed";

needsDocker()("two real Claude Code agents in two real containers", () => {
  let parley: ClaudeParley;

  beforeEach(async () => {
    await ensureBuilt();
    const agents = [{ name: "coder", gate: { prefix: ["DONE"] } }, { name: "reviewer" }];
    parley = await startClaudeParley({ script: coderAndReviewer, agents });
  }, 180_000);
  afterEach(() => parley?.stop(), 60_000);

  /** Decides open gates, as a person would: answers, allows, and edits the held message. */
  async function decideOpen(): Promise<void> {
    for (const gate of await parley.openGates()) {
      const decision = {
        message: { action: "edit", body: `${gate.body} Thank you all.` },
        question: { action: "answer", body: "Good day" },
        tool: { action: "allow" },
        continue: undefined,
      }[gate.kind];
      if (decision) await parley.decide(gate, decision);
    }
  }

  async function untilDone(): Promise<LoggedEvent[]> {
    return eventually(
      async () => {
        await decideOpen();
        return parley.events();
      },
      (events) => events.some(({ type, body }) => type === "message.posted" && String(body).startsWith("DONE:")),
      120_000,
    );
  }

  const said = (events: LoggedEvent[]) =>
    events.filter(({ type, from }) => type === "message.posted" && from !== "mia");
  const volumes = () => docker("volume", "ls", "-q", "--filter", `label=dev.parley.label.room=${parley.room.roomId}`);

  test("finish a piece of work over several turns; a person answers, allows, and edits the held message; the room is closed and purged", {
    timeout: 180_000,
  }, async () => {
    await parley.say(task);
    await eventually(parley.openGates, (gates) => gates.length > 0, 60_000);
    await parley.post("messages", { body: "@coder keep it short", class: "interrupt" });
    const events = await untilDone();
    expect(events.filter(({ type, agent }) => type === "turn.steered" && agent === "coder")).toHaveLength(1);
    expect(parley.model.requests.messages().some(({ body }) => JSON.stringify(body).includes("keep it short"))).toBe(
      true,
    );
    expect(said(events).map(({ from, body }) => [from, String(body).split(":")[0]])).toEqual([
      ["coder", "REVIEW_REQUEST"],
      ["reviewer", "REVIEW_FEEDBACK"],
      ["coder", "REVIEW_REQUEST"],
      ["reviewer", "APPROVED"],
      ["coder", "DONE"],
    ]);
    expect(said(events).at(-1)?.body).toMatch(/Thank you all\.$/);
    expect(said(events)[0]?.body).toContain("Good day");
    expect(events.some(({ type, usd }) => type === "usage.recorded" && Number(usd) > 0)).toBe(true);
    expect(JSON.stringify(events)).not.toContain(realKey);
    const containers = (await docker("ps", "--format", "{{.Names}}", "--filter", "name=coder_")).trim().split("\n");
    for (const name of containers)
      expect(
        await docker("exec", name, "sh", "-c", "env; cat /proc/1/environ /home/agent/.claude.json 2>/dev/null || true"),
      ).not.toContain(realKey);
    expect((await volumes()).trim().split("\n")).toHaveLength(4);
    expect((await parley.post("purge", {})).status).toBe(409);
    expect((await parley.post("close", {})).status).toBe(200);
    await eventually(
      () => parley.container(),
      (name) => name === "",
    );
    expect((await volumes()).trim().split("\n")).toHaveLength(4);
    expect(await parley.post("purge", {})).toMatchObject({ status: 200, body: { homes: 2 } });
    expect(await volumes()).toBe("");
  });
});
