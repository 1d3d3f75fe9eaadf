import type { Options, Query, SDKUserMessage } from "@anthropic-ai/claude-agent-sdk";
import type { AgentSdk } from "./agent-sdk.js";
import type { Asks } from "./asks.js";
import type { ClaudeProcess } from "./claude-process.js";

/** The options of a query without its transport, and how its process starts: with the arguments the SDK wants. */
export interface QueryToSpawn {
  sdk: AgentSdk;
  query: Options;
  spawn: (args: readonly string[], env: Record<string, string | undefined>) => ClaudeProcess;
}

/** The SDK's query, and its process. */
export interface SpawnedQuery {
  session: Query;
  process: ClaudeProcess;
  /** Ends the session's input, and with it the session. */
  endInput(): void;
}

/** The SDK spawns its process before `query` returns. */
export function spawnQuery({ sdk, query: options, spawn }: QueryToSpawn, asks: Asks): SpawnedQuery {
  let process: ClaudeProcess | undefined;
  const input = createOpenInput();
  const session = sdk.query({
    prompt: input.messages,
    options: {
      ...options,
      canUseTool: asks.canUseTool,
      spawnClaudeCodeProcess({ args, env }) {
        process = spawn(args, env);
        return process.spawned;
      },
    },
  });
  if (!process)
    throw new Error("the Claude Agent SDK did not start its process at once: not the version this was written for");
  return { session, process, endInput: input.end };
}

/** A prompt as a line of Claude Code's input. `client_composed`: `@path` and `/command` in it are words. */
export function promptOf(uuid: string, text: string): object {
  const message = { role: "user", content: text };
  return { type: "user", uuid, message, parent_tool_use_id: null, client_composed: true };
}

/** The SDK ends a session whose input ends; this one says nothing until then. */
function createOpenInput(): { messages: AsyncIterable<SDKUserMessage>; end(): void } {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  async function* nothing(): AsyncGenerator<SDKUserMessage, void> {
    await ended;
    yield* [];
  }
  return { messages: nothing(), end };
}
