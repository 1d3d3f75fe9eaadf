import { type Query, query, type SDKUserMessage } from "@anthropic-ai/claude-agent-sdk";
import type { Agent, AgentSpec, Output } from "../../src/ports/agents.js";
import type { Clock } from "../../src/ports/clock.js";
import type { Logger } from "../../src/ports/logger.js";
import { PortError } from "../../src/ports/port-error.js";
import { createAsks } from "./asks.js";
import { type ClaudeProcess, deathOf } from "./claude-process.js";
import { modelUsages, readLine } from "./line.js";
import { testedVersion } from "./options.js";
import { createOutputQueue } from "./output-queue.js";
import { createPromptFeed } from "./prompt-feed.js";
import { createTranslator } from "./translator.js";
import { createTurns, type TurnsOptions } from "./turns.js";
import { createUsageMeter } from "./usage.js";

export interface ClaudeAgentOptions {
  spec: AgentSpec;
  /** Everything of the query but what it talks over. */
  query: NonNullable<Parameters<typeof query>[0]["options"]>;
  /** Starts the process with the arguments the SDK wants. */
  spawn: (args: readonly string[], env: Record<string, string | undefined>) => ClaudeProcess;
  uuidOf: TurnsOptions["uuidOf"];
  finished: TurnsOptions["finished"];
  memoryMb: number;
  reportsUsage: boolean;
  startTimeoutMs: number;
  /** The process is gone; `graceful`: as it was asked to. */
  onGone: (how: { graceful: boolean }) => Promise<void>;
  clock: Clock;
  logger: Logger;
}

const endGraceMs = 5_000;
const stopGraceMs = 2_000;

/** Opens a session in a process of its own. Rejects with a `PortError` that says why Claude Code does not answer. */
export async function openClaudeAgent(options: ClaudeAgentOptions): Promise<Agent> {
  const { spec, clock, logger } = options;
  const queue = createOutputQueue();
  const meter = createUsageMeter();
  const translator = createTranslator(meter);
  const prompts = createPromptFeed();
  const asks = createAsks({ emit: queue.push, onEdited: translator.editInput });
  let process: ClaudeProcess | undefined;
  let closing: "no" | "gracefully" | "at once" = "no";

  const session = query({
    prompt: prompts.messages,
    options: {
      ...options.query,
      canUseTool: asks.canUseTool,
      spawnClaudeCodeProcess: ({ args, env }) => {
        process = options.spawn(args, env);
        return process.spawned;
      },
    },
  });

  const turns = createTurns({
    write: ({ uuid, text }) => prompts.push(promptOf(uuid, text)),
    stop: () => control({ subtype: "interrupt", cancel_queued: true }),
    uuidOf: options.uuidOf,
    emitEnd: (end) => {
      for (const output of translator.endTools()) queue.push(output);
      queue.push(end);
    },
    finished: options.finished,
    clock,
  });

  /** Beside the SDK, which does not know every request. Nobody waits for the answers. */
  function control(request: { subtype: string } & Record<string, unknown>): void {
    const line = { type: "control_request", request_id: `parley-${request.subtype}-${clock.monotonicMs()}`, request };
    process?.spawned.stdin.write(`${JSON.stringify(line)}\n`);
  }

  function pass(raw: unknown): void {
    const line = readLine(raw);
    if (!line) return;
    for (const output of translator.read(line)) if (isReported(output)) queue.push(output);
    turns.read(line);
  }

  function isReported(output: Output): boolean {
    return output.kind !== "usage" || options.reportsUsage;
  }

  async function pump(): Promise<void> {
    try {
      for await (const message of session) {
        pass(message);
        await queue.room();
      }
    } catch (error) {
      logger.debug({ roomId: spec.roomId, agent: spec.name, error }, "Claude Code's output ended with an error");
    }
    await gone();
  }

  async function gone(): Promise<void> {
    prompts.end();
    // The SDK may give up on a process that still runs.
    if (process && process.spawned.exitCode === null) await process.stop(stopGraceMs);
    const end = (await process?.ended) ?? { outOfMemory: false };
    turns.abandon();
    await options.onGone({ graceful: closing === "gracefully" });
    if (closing !== "no") queue.end();
    else queue.fail(deathOf(spec.name, { end, complaints: process?.complaints() ?? "", memoryMb: options.memoryMb }));
    session.close();
  }

  const pumped = pump();
  await ready({ session, pumped, options, complaints: () => process?.complaints() ?? "" }).catch(
    async (error: unknown) => {
      closing = "at once";
      await process?.stop(0);
      await pumped;
      throw error;
    },
  );
  await learnUsage(session, meter, logger);

  async function close(graceful: boolean): Promise<void> {
    if (graceful && closing === "no") {
      closing = "gracefully";
      await turns.idle();
      control({ subtype: "end_session" });
      const cancel = clock.after(endGraceMs, () => void process?.stop(stopGraceMs));
      await pumped;
      cancel();
      return;
    }
    if (!graceful && closing !== "at once") {
      closing = "at once";
      turns.abandon();
      await process?.stop(0);
    }
    await pumped;
  }

  return {
    outputs: queue.outputs,
    async send(input) {
      if (closing !== "no" || process?.spawned.exitCode !== null) throw closedError(spec.name);
      turns.take(input);
    },
    async answer(requestId, decision) {
      asks.answer(requestId, decision);
    },
    async interrupt() {
      turns.interrupt();
    },
    close: ({ graceful }) => close(graceful),
  };
}

function promptOf(uuid: string, text: string): SDKUserMessage {
  // The SDK's type wants the four dashes, which no function here could promise.
  const id = uuid as NonNullable<SDKUserMessage["uuid"]>;
  return { type: "user", uuid: id, message: { role: "user", content: text }, parent_tool_use_id: null };
}

interface Readiness {
  session: Query;
  pumped: Promise<void>;
  options: ClaudeAgentOptions;
  complaints: () => string;
}

async function ready({ session, pumped, options, complaints }: Readiness): Promise<void> {
  const { spec, startTimeoutMs, clock, logger } = options;
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(startTimeoutMs, () => reject(lateError(spec.name, startTimeoutMs, complaints())));
  });
  // What it died of, the process knows better than the SDK.
  const died = pumped.then(() => new Promise<never>(() => {}));
  try {
    const answer = await Promise.race([session.initializationResult(), late, died]);
    const version = "claude_code_version" in answer ? String(answer.claude_code_version) : testedVersion;
    if (version === testedVersion) return;
    logger.warn({ version, testedVersion }, "another version of Claude Code than the one this was tested with");
  } finally {
    cancel();
  }
}

/** What a resumed session has used so far is not used again. */
async function learnUsage(session: Query, meter: ReturnType<typeof createUsageMeter>, logger: Logger): Promise<void> {
  try {
    const { session: used } = await session.usage_EXPERIMENTAL_MAY_CHANGE_DO_NOT_RELY_ON_THIS_API_YET({
      skipBehaviors: true,
    });
    meter.setBaseline(modelUsages.parse(used.model_usage));
  } catch (error) {
    logger.warn({ error }, "what a session had used before is not known; its first turn is not counted");
  }
}

function closedError(name: string): PortError {
  const text = `The session of @${name} is closed; nothing was handed over. Open the agent again.`;
  return new PortError(text, { code: "closed", retryable: false });
}

function lateError(name: string, timeoutMs: number, complaints: string): PortError {
  const said = complaints === "" ? "" : ` Its last words:\n${complaints}`;
  const text = `Claude Code did not answer in the sandbox of @${name} within ${Math.round(timeoutMs / 1_000)} s. Its home is kept.${said}`;
  return new PortError(text, { code: "timeout", retryable: true });
}
