import type { Output } from "../../src/ports/agents.js";
import { questionTool } from "../kit/ask-questions.js";
import { inputMembers, toolResultOf } from "../kit/tool-result.js";
import { type Compaction, createCompaction } from "./compaction.js";
import type { Block, Line, LineOf } from "./line.js";
import { noticeOf, rateLimitNotice } from "./notices.js";
import { noPlan, planAfter, planOutput } from "./plan.js";
import { firstLine, resultText, summariseInput } from "./summarise.js";
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

type Parent = { parent?: string };

/** A tool that runs, with the input it runs with. */
interface RunningTool {
  tool: { name: string; summary: string; held?: true } & Parent;
  input: Readonly<Record<string, unknown>>;
  /** People changed its input. */
  isEdited?: true;
}

export interface TranslatorOptions {
  usage: UsageMeter;
  /** Tools that run without asking, whatever their input. */
  neverAsk: ReadonlySet<string>;
}

export function createTranslator({ usage, neverAsk }: TranslatorOptions): Translator {
  const running = new Map<string, RunningTool>();
  const compaction = createCompaction();
  let plan = noPlan;
  let isFirstDelta = false;

  function fromAssistant(line: LineOf<"assistant">): Output[] {
    if (line.message.model === synthetic) return [];
    return line.message.content.flatMap((block, index) => fromBlock(line, block, index));
  }

  function fromBlock(line: LineOf<"assistant">, block: Block, index: number): Output[] {
    const parent = parentOf(line);
    if (block.type === "tool_use") return started(block, parent);
    // An interrupted block is incomplete: nothing in it counts as said.
    if (line.aborted) return [];
    if (block.type === "thinking") return block.thinking ? [{ kind: "thinking", text: block.thinking, ...parent }] : [];
    if (block.type !== "text" || !block.text) return [];
    const subagent = line.parent_tool_use_id ? { subagent: true, ...parent } : {};
    return [{ kind: "block", outputId: line.uuid, index, text: block.text, ...subagent }];
  }

  function started({ id, name = "", input = {} }: Block, parent: Parent): Output[] {
    if (id === undefined || name === questionTool || running.has(id) || running.size >= maxRunning) return [];
    const summary = summariseInput(input);
    // Whether people are asked is only known later.
    const tool = { name, summary, ...parent, ...(!neverAsk.has(name) && { held: true as const }) };
    running.set(id, { tool, input });
    return [{ kind: "tool", id, phase: "started", ...tool, ...inputMembers(input) }];
  }

  function fromUser(line: LineOf<"user">): Output[] {
    const { content } = line.message;
    return typeof content === "string" ? [] : content.flatMap((block) => ended(block, line.tool_use_result));
  }

  function ended(block: Block, answer: unknown): Output[] {
    const id = block.tool_use_id;
    const known = id === undefined ? undefined : running.get(id);
    if (block.type !== "tool_result" || id === undefined || !known) return [];
    running.delete(id);
    const { tool, input, isEdited } = known;
    const { held, ...ran } = tool;
    const { parent } = tool;
    const isHeld = block.is_error === true && held;
    const result = toolResultOf({
      id,
      ok: !block.is_error,
      content: resultText(block.content),
      ...(isHeld && { held }),
      ...(parent !== undefined && { parent }),
    });
    const edited = isEdited ? inputMembers(input) : {};
    if (!block.is_error) {
      const planned = parent === undefined ? plansOf({ name: tool.name, input, answer }) : [];
      return [{ kind: "tool", id, phase: "ended", ...ran, ...edited }, result, ...planned];
    }
    const why = firstLine(block.content);
    const summary = why ? `${tool.summary}: ${why}` : tool.summary;
    return [{ kind: "tool", id, phase: "failed", ...tool, summary, ...edited }, result];
  }

  function plansOf(ran: { name: string; input: unknown; answer: unknown }): Output[] {
    const before = plan;
    plan = planAfter(before, ran);
    return plan === before || plan.size === 0 ? [] : [planOutput(plan)];
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
      const compacted: Compaction[] = compaction.read(line);
      switch (line.type) {
        case "assistant":
          return [...compacted, ...fromAssistant(line)];
        case "user":
          return line.isReplay ? [] : [...compacted, ...fromUser(line)];
        case "stream_event":
          return fromEvent(line);
        case "result":
          return [...compacted, ...(line.modelUsage ? usage.read(line.modelUsage) : [])];
        case "system":
          return present(noticeOf(line));
        case "rate_limit_event":
          return present(rateLimitNotice(line));
        case "command_lifecycle":
          return [];
      }
    },
    editInput(toolUseId, input) {
      const known = running.get(toolUseId);
      if (known)
        running.set(toolUseId, { tool: { ...known.tool, summary: summariseInput(input) }, input, isEdited: true });
    },
    endTools() {
      const left = [...running].map(([id, { tool }]): Output => ({ kind: "tool", id, phase: "failed", ...tool }));
      running.clear();
      return left;
    },
  };
}

function parentOf({ parent_tool_use_id: parent }: LineOf<"assistant">): Parent {
  return parent ? { parent } : {};
}

function present(output: Output | undefined): Output[] {
  return output ? [output] : [];
}
