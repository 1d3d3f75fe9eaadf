import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import type { Script } from "../emulators/anthropic/script.js";
import { type ClaudeParley, docker, startClaudeParley } from "../support/claude-parley.js";
import { eventually, type GateSeen, type LoggedEvent } from "../support/parley-client.js";
import { needsDocker } from "../support/require.js";

/** It remembers nothing of an attempt that was cut off: all of it is said and asked again, word for word. */
const forgetful: Script = ({ step, results }) =>
  step === 0
    ? { text: "@mia I begin.", tools: [{ tool: "Bash", input: { command: "date +%N >> runs && wc -l < runs" } }] }
    : { text: `@mia it has run ${results.at(-1)?.text.trim()} time(s).` };

/** The kernel kills Claude Code first, after many small processes beside it have used all memory. */
const eatMemory = `
for process in /proc/[0-9]*; do
  case "$(cat "$process/comm")" in claude) echo 1000 > "$process/oom_score_adj";; esac
done
for one in 1 2 3 4 5 6 7 8 9 10 11 12; do
  (s=$(head -c 100000000 /dev/zero | tr '\\0' x); sleep 60) &
done
wait`;

needsDocker()("an agent that waits for a permission in the middle of its turn", () => {
  let parley: ClaudeParley;

  beforeEach(async () => {
    await ensureBuilt();
    parley = await startClaudeParley({ script: forgetful, agents: [{ name: "coder" }] });
  }, 180_000);
  afterEach(() => parley?.stop(), 60_000);

  const allow = (gate: GateSeen) => parley.decide(gate, { action: "allow" });
  const of = (seen: LoggedEvent[], wanted: string) => seen.filter(({ type }) => type === wanted);
  const isLost = (seen: LoggedEvent[]) => of(seen, "turn.ended").some(({ outcome }) => outcome === "lost");

  const deaths: Record<string, () => Promise<unknown>> = {
    "Parley and its container are killed": async () => {
      const container = await parley.container();
      await parley.restart({ meanwhile: () => docker("kill", "--signal", "KILL", container) });
    },
    "its container is killed": async () => docker("kill", "--signal", "KILL", await parley.container()),
    "its container runs out of memory": async () =>
      docker("exec", await parley.container(), "bash", "-c", eatMemory).catch(() => undefined),
  };
  const words: Record<string, RegExp> = {
    "Parley and its container are killed": /Parley was restarted/,
    "its container is killed": /sandbox of @coder ended: exit code 137.* kept/,
    "its container runs out of memory": /needed more than its 1024 MB of memory.* kept/,
  };

  test.each(Object.keys(deaths))(
    "continues when %s: it posts nothing twice, asks nothing twice, and a later decision holds",
    async (how) => {
      const { events, openGates } = parley;
      await parley.say("@coder please begin");
      const [gate] = await eventually(openGates, (gates) => gates.length > 0, 60_000);
      const shown = await parley.seenByViewer('"tool":{"name":"Bash"');
      expect(shown).toContain('"type":"gate.opened"');
      expect(shown).not.toContain("wc -l");
      await deaths[how]?.();
      await eventually(events, isLost, 60_000);
      expect((await allow(gate as GateSeen)).status).toBe(200);
      const seen = await eventually(
        events,
        (all) => of(all, "turn.ended").some(({ outcome }) => outcome === "done"),
        60_000,
      );
      expect(of(seen, "message.posted").map(({ from, body }) => `${from}: ${body}`)).toEqual([
        "mia: please begin",
        "coder: I begin.",
        "coder: it has run 1 time(s).",
      ]);
      expect(of(seen, "gate.opened").map(({ gateId }) => gateId)).toEqual([gate?.gateId]);
      expect(of(seen, "gate.reasked")).toHaveLength(1);
      expect(of(seen, "gate.resolved").map(({ outcome, by }) => [outcome, by])).toEqual([["allowed", "mia"]]);
      expect(of(seen, "turn.ended")).toMatchObject([
        { outcome: "lost", error: expect.stringMatching(words[how] ?? /never/) },
        { outcome: "done" },
      ]);
      expect(await openGates()).toEqual([]);
      const prompts = parley.model.requests.messages().map(({ input }) => input?.prompt ?? "");
      expect(prompts.at(-1)).toContain('attempt 2: you had already posted "I begin."');
      // Killed while it waits for nothing, and spoken to before that is seen: neither is lost.
      await docker("kill", "--signal", "KILL", await parley.container());
      await parley.say("@coder once more");
      const [another] = await eventually(openGates, (gates) => gates.length > 0, 60_000);
      await allow(another as GateSeen);
      await eventually(
        events,
        (all) => of(all, "message.posted").some(({ body }) => body === "it has run 2 time(s)."),
        60_000,
      );
    },
    180_000,
  );
});
