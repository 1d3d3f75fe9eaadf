import { expect, test } from "vitest";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../adapters/docker/image/claude-code-release.js";
import { ensureBuilt } from "../cli/support/ensure-built.js";
import { type ClaudeParley, docker, startClaudeParley } from "../support/claude-parley.js";
import { eventually, type LoggedEvent } from "../support/parley-client.js";
import { needsDocker } from "../support/require.js";
import { type SecondEngine, startSecondEngine } from "../support/second-engine.js";

/** The model takes so long, so that its answer comes while something stands still. */
const answerDelayMs = 2_000;
const patienceMs = 60_000;

/** Real processes stand still for `frozenS` in the middle of a turn. A router stands still for longer than a turn may be silent. */
export function describeFrozen(frozenS: number): void {
  const timeout = 240_000 + frozenS * 1_000;
  const frozenMs = frozenS * 1_000;

  needsDocker()(`a turn in which something stands still for ${frozenS} s`, () => {
    test("is heard to its end where it is the router", { timeout }, async () => {
      await withParley({ PARLEY_TURN_IDLE_S: String(frozenS - 3) }, async (parley) => {
        await askAndFreeze(parley, {
          freeze: async () => parley.server.signal("SIGSTOP"),
          thaw: async () => parley.server.signal("SIGCONT"),
        });
      });
    });

    test("is heard to its end where it is the agent's process", { timeout }, async () => {
      await withParley({ PARLEY_TURN_IDLE_S: String(2 * frozenS) }, async (parley) => {
        const pids = async () => claudePids(await parley.container());
        await askAndFreeze(parley, {
          freeze: async () => signalAll(await pids(), "SIGSTOP"),
          thaw: async () => signalAll(await pids(), "SIGCONT"),
        });
      });
    });

    test("is heard to its end where it is the engine", { timeout }, async () => {
      const engine = await startSecondEngine({ liveRestore: true });
      try {
        await engine.copyImage(agentImageTag(CLAUDE_CODE_VERSION));
        await withParley({ PARLEY_TURN_IDLE_S: String(2 * frozenS), DOCKER_HOST: engine.host }, (parley) =>
          askAndFreeze(parley, {
            freeze: async () => engine.signal("SIGSTOP"),
            thaw: async () => engine.signal("SIGCONT"),
          }),
        );
      } finally {
        thawAtLast(engine);
        await engine.remove();
      }
    });
  });

  async function askAndFreeze(
    parley: ClaudeParley,
    { freeze, thaw }: { freeze: () => Promise<void>; thaw: () => Promise<void> },
  ): Promise<void> {
    await parley.say("@coder warm up");
    await eventually(parley.events, (events) => ends(events).length === 1, patienceMs);
    const calls = parley.model.requests.messages().length;
    await parley.say("@coder go");
    await expect.poll(() => parley.model.requests.messages().length, { timeout: patienceMs }).toBeGreaterThan(calls);
    await freeze();
    await new Promise((resolve) => setTimeout(resolve, frozenMs));
    await thaw();
    const events = await eventually(parley.events, (all) => ends(all).length === 2, patienceMs);
    expect(ends(events)).toMatchObject([{ outcome: "done" }, { outcome: "done" }]);
    expect(events.filter(({ type }) => type === "turn.started")).toHaveLength(2);
    expect(events.flatMap(({ from, body }) => (from === "coder" ? [body] : []))).toEqual(["warm", "finished"]);
  }
}

const ends = (events: readonly LoggedEvent[]) => events.filter(({ type }) => type === "turn.ended");

async function withParley(env: Record<string, string>, use: (parley: ClaudeParley) => Promise<void>): Promise<void> {
  await ensureBuilt();
  const parley = await startClaudeParley({
    script: ({ prompt }) =>
      prompt.includes("warm up") ? { text: "@mia warm" } : { text: "@mia finished", delayMs: answerDelayMs },
    agents: [{ name: "coder", role: "coder" }],
    env,
  });
  try {
    await use(parley);
  } finally {
    await parley.stop();
  }
}

/** Process ids, on the host, of Claude Code in a container. */
async function claudePids(container: string): Promise<number[]> {
  const lines = (await docker("top", container, "-eo", "pid,args")).trim().split("\n").slice(1);
  return lines.filter((line) => /claude/.test(line)).map((line) => Number.parseInt(line.trim(), 10));
}

function signalAll(pids: readonly number[], signal: "SIGSTOP" | "SIGCONT"): void {
  if (pids.length === 0) throw new Error("Claude Code does not run");
  for (const pid of pids) process.kill(pid, signal);
}

/** A frozen engine cannot be ended. */
function thawAtLast(engine: SecondEngine): void {
  engine.signal("SIGCONT");
}
