import type { Output } from "../../src/ports/agents.js";
import { questionTool } from "../kit/ask-questions.js";
import type { Block, Line, LineOf } from "./line.js";
import { noticeOf, rateLimitNotice } from "./notices.js";
import { firstLine, summariseInput } from "./summarise.js";
import type { UsageMeter } from "./usage.js";

/** Makes outputs of lines. It knows nothing of turns. */
export interface Translator {
  read(line: Line): Output[];
  /** A tool runs with another input than the one the model gave. */
  editInput(toolUseId: string, input: Readonly<Record<string, unknown>>): void;
  /** Tools that never told how they ended: the turn is over. */
  endTools(): Output[];
}

/** Model name in messages that Claude Code itself writes, mostly API errors. */
const synthetic = "<synthetic>";
/** Tools that run at once, at most; those beyond are not shown. */
const maxRunning = 1_000;

export interface TranslatorOptions {
  usage: UsageMeter;
  /** Tools that run without asking, whatever their input. */
  neverAsk: ReadonlySet<string>;
}

export function createTranslator({ usage, neverAsk }: TranslatorOptions): Translator {
  const running = new Map<string, { name: string; summary: string; held?: true }>();
  let isFirstDelta = false;

  function fromAssistant(line: LineOf<"assistant">): Output[] {
    if (line.message.model === synthetic) return [];
    return line.message.content.flatMap((block, index) => fromBlock(line, block, index));
  }

  function fromBlock(line: LineOf<"assistant">, block: Block, index: number): Output[] {
    if (block.type === "tool_use") return started(block);
    // An interrupted block is incomplete: nothing in it counts as said.
    if (block.type !== "text" || !block.text || line.aborted) return [];
    const subagent = line.parent_tool_use_id ? { subagent: true } : {};
    return [{ kind: "block", outputId: line.uuid, index, text: block.text, ...subagent }];
  }

  function started({ id, name = "", input = {} }: Block): Output[] {
    if (id === undefined || name === questionTool || running.has(id) || running.size >= maxRunning) return [];
    const summary = summariseInput(input);
    // Whether people are asked is only known later.
    const tool = { name, summary, ...(!neverAsk.has(name) && { held: true as const }) };
    running.set(id, tool);
    return [{ kind: "tool", id, phase: "started", ...tool }];
  }

  function fromUser({ message }: LineOf<"user">): Output[] {
    return typeof message.content === "string" ? [] : message.content.flatMap(ended);
  }

  function ended(block: Block): Output[] {
    const id = block.tool_use_id;
    const tool = id === undefined ? undefined : running.get(id);
    if (block.type !== "tool_result" || id === undefined || !tool) return [];
    running.delete(id);
    const { held: _held, ...ran } = tool;
    if (!block.is_error) return [{ kind: "tool", id, phase: "ended", ...ran }];
    const why = firstLine(block.content);
    return [{ kind: "tool", id, phase: "failed", ...tool, summary: why ? `${tool.summary}: ${why}` : tool.summary }];
  }

  function fromEvent({ event, parent_tool_use_id: parent }: LineOf<"stream_event">): Output[] {
    if (parent) return [];
    const { type, delta, content_block: begun } = event;
    if (type === "content_block_start" && begun?.type === "text") isFirstDelta = true;
    if (type !== "content_block_delta" || delta?.type !== "text_delta" || !delta.text) return [];
    const first = isFirstDelta ? { first: true as const } : {};
    isFirstDelta = false;
    return [{ kind: "delta", text: delta.text, ...first }];
  }

  return {
    read(line) {
      switch (line.type) {
        case "assistant":
          return fromAssistant(line);
        case "user":
          return line.isReplay ? [] : fromUser(line);
        case "stream_event":
          return fromEvent(line);
        case "result":
          return line.modelUsage ? usage.read(line.modelUsage) : [];
        case "system":
          return present(noticeOf(line));
        case "rate_limit_event":
          return present(rateLimitNotice(line));
        case "command_lifecycle":
          return [];
      }
    },
    editInput(toolUseId, input) {
      const tool = running.get(toolUseId);
      if (tool) tool.summary = summariseInput(input);
    },
    endTools() {
      const left = [...running].map(([id, tool]): Output => ({ kind: "tool", id, phase: "failed", ...tool }));
      running.clear();
      return left;
    },
  };
}

function present(output: Output | undefined): Output[] {
  return output ? [output] : [];
}
