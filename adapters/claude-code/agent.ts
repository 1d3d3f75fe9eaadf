import { frameNotice } from "../../src/core/grammar/frame.js";
import type { Agent, AgentInput, AgentSettings, SettingHolds } from "../../src/ports/agents.js";
import { PortError } from "../../src/ports/port-error.js";
import { createIdlePause } from "../kit/idle-pause.js";
import { efforts, isEffort, isMode, modes } from "./choices.js";
import { type ClaudeSession, type ClaudeSessionOptions, startSession } from "./claude-session.js";
import { modelUsages } from "./line.js";
import { testedVersion } from "./options.js";
import type { WorkFolder } from "./work-folder.js";

export interface ClaudeAgentOptions extends ClaudeSessionOptions {
  startTimeoutMs: number;
  /** Idle for so long, its sandbox is frozen until the next message. Undefined: never. */
  idlePauseMs: number | undefined;
  /** With the room's repository. */
  work: WorkFolder | undefined;
  /** Its role is another one than it was opened with. */
  isOutdated: () => boolean;
  /** The conversation was to go on and is not there, or was put aside because it cannot be read. Asked for once, when Claude Code answers. */
  hasLostConversation: () => boolean;
  /** The instructions, where the conversation goes on and began with other ones; it keeps those. Asked for once, when Claude Code answers. */
  newInstructions: () => string | undefined;
}

const endGraceMs = 5_000;
const stopGraceMs = 2_000;
const usageTimeoutMs = 10_000;

/** Opens a session in a process of its own. Rejects when Claude Code does not answer in it. */
export async function openClaudeAgent(options: ClaudeAgentOptions): Promise<Agent> {
  const session = startSession(options);
  try {
    await ready(session, options);
  } catch (error) {
    session.expectEnd({ isGraceful: false });
    await session.process.stop(0);
    await session.gone;
    throw error;
  }
  const problem = options.isTakenOver ? undefined : options.work?.problem();
  if (problem !== undefined) session.notify(problem);
  const learned = learnUsage(session, options);
  // Its answer comes after all that was missed.
  if (options.isTakenOver) void learned.then(session.caughtUp);
  else await learned;
  return toAgent(session, options);
}

function toAgent(session: ClaudeSession, options: ClaudeAgentOptions): Agent {
  const { spec, clock, idlePauseMs, work } = options;
  const { turns, process, gone } = session;
  let closing: "no" | "gracefully" | "at once" = "no";
  const pause = createIdlePause({ process, turns, idlePauseMs, clock });
  void gone.then(pause.leave);

  async function closeGracefully(): Promise<void> {
    closing = "gracefully";
    await turns.idle();
    if (closing !== "gracefully") return;
    await pause.end();
    session.expectEnd({ isGraceful: true });
    session.control({ subtype: "end_session" });
    const cancel = clock.after(endGraceMs, () => void process.stop(stopGraceMs));
    await gone;
    cancel();
  }

  async function closeAtOnce(): Promise<void> {
    closing = "at once";
    session.expectEnd({ isGraceful: false });
    turns.abandon();
    await pause.end();
    await process.stop(0);
  }

  function refuseClosed(): void {
    if (closing !== "no" || process.spawned.exitCode !== null) throw closedError(spec.name);
  }

  let instructions = options.newInstructions();

  /** The first message after a change tells the new instructions. */
  function withInstructions(input: AgentInput): AgentInput {
    if (instructions === undefined) return input;
    const text = `${frameNotice("your instructions changed: these replace the ones you began with")}\n${instructions}\n${frameNotice("end of your instructions")}\n\n${input.text}`;
    instructions = undefined;
    return { ...input, text };
  }

  /** The files a turn begins with. */
  async function withNews(input: AgentInput): Promise<AgentInput> {
    await pause.wake();
    const news = await work?.beforeTurn();
    refuseClosed();
    return news === undefined ? input : { ...input, text: `${frameNotice(news)}\n\n${input.text}` };
  }

  return {
    outputs: session.outputs,
    repeatsUnderNewIds: true,
    hasLostConversation: options.hasLostConversation(),
    get isOutdated() {
      return options.isOutdated();
    },
    async send(input) {
      refuseClosed();
      const ready = work?.hasNews() && !turns.isBusy ? await withNews(input) : input;
      // Inputs in order of arrival; inputs for a frozen process wait in its pipe.
      turns.take(withInstructions(ready));
      await pause.wake();
    },
    answer: async (requestId, decision) => session.asks.answer(requestId, decision),
    async configure(change) {
      if (closing !== "no") return "restart";
      await pause.wake();
      return configure(session, change);
    },
    interrupt: async () => turns.interrupt(),
    letGo() {
      closing = "at once";
      pause.leave();
      session.expectEnd({ isGraceful: false });
    },
    async close({ graceful }) {
      if (graceful && closing === "no") await closeGracefully();
      if (!graceful && closing !== "at once") await closeAtOnce();
      await gone;
    },
  };
}

/** The SDK can change all three in a running session. */
async function configure(session: ClaudeSession, { model, effort, mode }: AgentSettings): Promise<SettingHolds> {
  const { turns, query, process } = session;
  if (model === undefined && effort === undefined && mode === undefined) return "now";
  if (effort !== undefined && !isEffort(effort)) throw notTaken("effort", `it takes ${efforts.join(", ")}`);
  if (mode !== undefined && !isMode(mode)) throw notTaken("mode", `it takes ${modes.join(", ")}`);
  // Nothing answers where the process is gone; a frozen one would answer only when it is woken.
  if (process.spawned.exitCode !== null) return "restart";
  const isBusy = turns.isBusy;
  const taken = (what: string, change: Promise<unknown>) => change.catch((cause: unknown) => rethrow(what, cause));
  if (model !== undefined) await taken("model", query.setModel(model));
  if (effort !== undefined) await taken("effort", query.applyFlagSettings({ effortLevel: effort }));
  if (mode !== undefined) await taken("mode", query.setPermissionMode(mode));
  return isBusy ? "nextTurn" : "now";
}

function rethrow(what: string, cause: unknown): never {
  throw notTaken(what, cause instanceof Error ? cause.message : String(cause), cause);
}

function notTaken(what: string, why: string, cause?: unknown): PortError {
  const text = `Claude Code did not take the ${what}: ${why}. Nothing was changed.`;
  return new PortError(text, { code: "refused", retryable: false, cause });
}

async function ready(
  session: ClaudeSession,
  { spec, startTimeoutMs, clock, logger }: ClaudeAgentOptions,
): Promise<void> {
  let cancel = () => {};
  let isOver = false;
  // A sandbox may take minutes, where its image has to be made first.
  const late = session.process.started.then(
    () =>
      new Promise<never>((_, reject) => {
        if (isOver) return;
        cancel = clock.after(startTimeoutMs, () => {
          reject(lateError(spec.name, { timeoutMs: startTimeoutMs, complaints: session.process.complaints() }));
        });
      }),
  );
  try {
    const answer = await Promise.race([session.query.initializationResult(), late]);
    const version = "claude_code_version" in answer ? String(answer.claude_code_version) : testedVersion;
    if (version === testedVersion) return;
    logger.warn({ version, testedVersion }, "another version of Claude Code than the one this was tested with");
  } finally {
    isOver = true;
    cancel();
  }
}

/** Usage before the resume is not counted again. */
async function learnUsage(
  { query, meter, gone }: ClaudeSession,
  { spec, clock, logger }: ClaudeAgentOptions,
): Promise<void> {
  let cancel = () => {};
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.after(usageTimeoutMs, () => resolve(undefined));
  });
  try {
    const asked = query.usage_EXPERIMENTAL_MAY_CHANGE_DO_NOT_RELY_ON_THIS_API_YET({ skipBehaviors: true });
    const answer = await Promise.race([asked, late, gone.then(() => undefined)]);
    meter.setBaseline(modelUsages.parse(answer?.session.model_usage));
  } catch (error) {
    const agent = { roomId: spec.roomId, agent: spec.name };
    logger.warn({ ...agent, error }, "what a session had used before is not known; its first turn is not counted");
  } finally {
    cancel();
  }
}

function closedError(name: string): PortError {
  const text = `The session of @${name} is closed; nothing was handed over. Open the agent again.`;
  return new PortError(text, { code: "closed", retryable: false });
}

function lateError(name: string, { timeoutMs, complaints }: { timeoutMs: number; complaints: string }): PortError {
  const said = complaints === "" ? "" : ` Its last words:\n${complaints}`;
  const seconds = Math.round(timeoutMs / 1_000);
  const text = `Claude Code did not answer in the sandbox of @${name} within ${seconds} s. Its home is kept.${said}`;
  const outage = `Claude Code does not answer in the sandbox of ${name}`;
  return new PortError(text, { code: "timeout", retryable: true, outage });
}
