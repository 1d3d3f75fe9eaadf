import type { Output } from "../../src/ports/agents.js";
import { blockEnded, chunkHeard, type Speech, silentSpeech, speechCut, turnOpened } from "./speech.js";
import { createToolCalls, type ToolCalls } from "./tool-calls.js";
import { type SessionUpdateRead, textOfContent } from "./update.js";

/** Makes outputs of what an agent tells of a turn. It knows nothing of prompts. */
export interface AcpTranslator {
  /** A turn begins. `turnKey`: the same when the turn is read again, and no other turn's. */
  openTurn(turnKey: string): void;
  read(update: SessionUpdateRead): Output[];
  /** People are asked: what was said until now is a block. */
  boundary(): Output[];
  /** The turn's prompt is over. `isWhole` false: what was being said was cut off, and does not count. */
  endPrompt(options: { isWhole: boolean }): Output[];
  /** The turn is over: tools that never told how they ended. */
  endTurn(): Output[];
  /** Id for these parts in this turn. */
  idOf(parts: readonly unknown[]): string;
  calls: ToolCalls;
}

const maxThoughtChars = 256 * 1_024;
const maxSummaryChars = 256 * 1_024;
const planStates: Readonly<Record<string, "pending" | "inProgress" | "done">> = {
  pending: "pending",
  in_progress: "inProgress",
  completed: "done",
};

export function createAcpTranslator({
  namesMessages,
  digest,
}: {
  namesMessages: boolean;
  /** A short id for these parts. */
  digest: (parts: readonly unknown[]) => string;
}): AcpTranslator {
  const calls = createToolCalls();
  let speech: Speech = silentSpeech(namesMessages);
  let thought = "";
  let summary = { id: "", text: "" };

  function thinkingEnded(): Output[] {
    const text = thought.trim();
    thought = "";
    return text === "" ? [] : [{ kind: "thinking", text }];
  }

  function boundary(): Output[] {
    const ended = blockEnded(speech, digest);
    speech = ended.speech;
    return [...thinkingEnded(), ...ended.outputs];
  }

  function heard(update: Extract<SessionUpdateRead, { sessionUpdate: "agent_message_chunk" }>): Output[] {
    const text = textOfContent(update.content);
    if (text === undefined) return [];
    const thinking = thinkingEnded();
    const change = chunkHeard(speech, { text, messageId: update.messageId }, digest);
    speech = change.speech;
    return [...thinking, ...change.outputs];
  }

  function thinks(update: Extract<SessionUpdateRead, { sessionUpdate: "agent_thought_chunk" }>): Output[] {
    thought = (thought + (textOfContent(update.content) ?? "")).slice(0, maxThoughtChars);
    return [];
  }

  function compacts(update: Extract<SessionUpdateRead, { compactionId: string }>): Output[] {
    const { compactionId: id } = update;
    const before = summary.id === id ? summary.text : "";
    if (update.sessionUpdate === "compaction_summary_chunk") {
      summary = { id, text: (before + (textOfContent(update.content) ?? "")).slice(0, maxSummaryChars) };
      return [];
    }
    const told = (update.summary ?? []).map((block) => textOfContent(block) ?? "").join("");
    summary = { id, text: (told === "" ? before : told).slice(0, maxSummaryChars) };
    if (update.status !== "completed" || summary.text === "") return [];
    const { text } = summary;
    summary = { id: "", text: "" };
    return [{ kind: "compaction", summary: text }];
  }

  return {
    calls,
    boundary,
    openTurn(turnKey) {
      speech = turnOpened(speech, turnKey);
      thought = "";
    },
    read(update) {
      switch (update.sessionUpdate) {
        case "agent_message_chunk":
          return heard(update);
        case "agent_thought_chunk":
          return thinks(update);
        case "tool_call":
          return [...boundary(), ...calls.read(update)];
        case "tool_call_update":
          return calls.read(update);
        case "plan":
          return [...boundary(), ...planOf(update)];
        case "notice":
          return [noticeOf(update)];
        case "compaction_update":
        case "compaction_summary_chunk":
          return compacts(update);
        default:
          return [];
      }
    },
    endPrompt({ isWhole }) {
      if (isWhole) return boundary();
      speech = speechCut(speech).speech;
      return thinkingEnded();
    },
    endTurn: () => calls.endAll(),
    idOf: (parts) => digest([speech.turnKey, ...parts]),
  };
}

function planOf({ entries }: Extract<SessionUpdateRead, { sessionUpdate: "plan" }>): Output[] {
  if (entries.length === 0) return [];
  const told = entries.map(({ content, status }) => ({ text: content, state: planStates[status ?? ""] ?? "pending" }));
  return [{ kind: "plan", entries: told }];
}

function noticeOf(update: Extract<SessionUpdateRead, { sessionUpdate: "notice" }>): Output {
  const { title, description, severity } = update;
  const text = description ? `${title}: ${description}` : title;
  return { kind: "notice", text, severity: severity === "error" || severity === "warning" ? "warning" : "info" };
}
